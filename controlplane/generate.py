"""Generate the Python code of `v3/*.proto`: `python -m controlplane.generate`, after each change of them.

Why not the published package of all of xDS: it and the wheel that brings Envoy both own a top-level package
`envoy`, and whichever is installed last overwrites the other's `__init__`. Names and numbers are the same, so
any xDS client understands these messages; fields that are left out are never sent.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROTOS = Path("controlplane", "v3")


def generate(destination: Path) -> list[Path]:
    """Compile the protos.

    Args:
        destination: The folder that gets `controlplane/v3/...`.

    Returns:
        The files that were written.

    Raises:
        CalledProcessError: The compiler refused; its own words are on stderr.
    """
    protos = sorted((ROOT / PROTOS).glob("*.proto"))
    kinds = [f"--{kind}_out={destination}" for kind in ("python", "pyi")]
    compiler = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}"]
    subprocess.run([*compiler, *kinds, *map(str, protos)], check=True)  # noqa: S603 - nothing from outside
    names = [f"{proto.stem}_pb2.{end}" for proto in protos for end in ("py", "pyi")]
    return [destination / PROTOS / name for name in names]


if __name__ == "__main__":
    for path in generate(ROOT):
        print(path.relative_to(ROOT))  # noqa: T201 - a command line speaks by printing
