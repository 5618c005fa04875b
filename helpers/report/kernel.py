"""A kernel that is certainly this interpreter.

A kernelspec named ``python3`` in the user's home may point at any Python of the machine; the report must
run the notebooks with the packages of the environment it was started from, so no kernelspec is consulted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

NAME = "python3"


class ThisInterpreter(KernelSpecManager):
    """Finds one kernel, the running Python, under whatever name a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of a kernel in this interpreter, for any ``kernel_name``."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def manager(folder: Path) -> AsyncKernelManager:
    """Return a manager, not yet started, of a kernel in this interpreter.

    Its sockets are files (not on Windows): with TCP, two kernels starting at once can be given the same port.

    Args:
        folder: An empty folder for the sockets, of a short path (a socket's path has at most 107 bytes).
    """
    return AsyncKernelManager(
        kernel_name=NAME,
        kernel_spec_manager=ThisInterpreter(),
        transport="ipc" if os.name == "posix" else "tcp",
        connection_file=str(folder / "kernel.json"),
    )


def environment(scratch: Path, extra: dict[str, str]) -> dict[str, str]:
    """Return the environment of a kernel: the caller's, without what changes how a page looks.

    Args:
        scratch: Folder that stands in for the user's IPython profile, whose start-up files would run, and
            for Jupyter's folder of what only a run needs.
        extra: Variables of this notebook; they win.
    """
    # MPLBACKEND of a terminal session (often "agg") would keep every figure out of the page.
    kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    own = {"IPYTHONDIR": str(scratch / "ipython"), "JUPYTER_RUNTIME_DIR": str(scratch / "runtime")}
    return {**kept, **own, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **extra}
