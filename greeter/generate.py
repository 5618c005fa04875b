"""Generate the Python code of `greeter.proto`: `python -m greeter.generate`, after each change of it.

The result is committed, so that neither the image nor a reader needs a protocol compiler. The compiler is
grpcio-tools, one of the project's development dependencies.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROTO = Path("greeter", "v1", "greeter.proto")
GENERATED = ("greeter_pb2.py", "greeter_pb2.pyi", "greeter_pb2_grpc.py")


def generate(destination: Path) -> list[Path]:
    """Compile the proto.

    Args:
        destination: The folder that gets `greeter/v1/...`.

    Returns:
        The files that were written.

    Raises:
        CalledProcessError: The compiler refused; its own words are on stderr.
    """
    outputs = [f"--{kind}_out={destination}" for kind in ("python", "pyi", "grpc_python")]
    compiler = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}"]
    subprocess.run([*compiler, *outputs, str(ROOT / PROTO)], check=True)  # noqa: S603 - nothing from outside
    return [destination / PROTO.with_name(name) for name in GENERATED]


if __name__ == "__main__":
    for path in generate(ROOT):
        print(path.relative_to(ROOT))  # noqa: T201 - a command line speaks by printing
