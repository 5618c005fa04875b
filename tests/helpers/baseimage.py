"""A base image for the Dockerfile, made of this machine's own files: no registry is asked for anything.

In it are the system's Python with pip, a shell, the libraries that they load, and as wheels the distributions
that the Dockerfile installs, put together again from what is installed here. As on Debian, pip must not
install beside that Python (PEP 668).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import parse_tag, sys_tags
from packaging.utils import canonicalize_name

PYTHON = Path("/usr/bin/python3")
PROGRAMS = (PYTHON, *map(Path, ("/bin/sh", "/usr/bin/env", "/bin/mkdir", "/bin/cp", "/usr/bin/id")))
LIBRARY = re.compile(r"(/\S+) \(0x")
DISTRIBUTIONS = ("grpcio", "grpcio-health-checking", "grpcio-reflection", "protobuf", "kubernetes")
MANAGED = "[externally-managed]\nError=This Python belongs to the image's distribution.\n"
PIP = "[global]\nno-index = true\nfind-links = /wheels\n"
SUPPORTED = frozenset(sys_tags())
USERS = "root:x:0:0:root:/:/bin/sh\n"


def obstacle() -> str:
    """What keeps this machine from making one; nothing where it can."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    told = [str(PYTHON), "-c", "import sys, pip, venv; print('%d.%d' % sys.version_info[:2])"]
    if shutil.which("ldd") is None or not all(program.exists() for program in PROGRAMS):
        return "no system Python, shell or ldd"
    ended = subprocess.run(told, capture_output=True, text=True, check=False)  # noqa: S603 - the system's
    if ended.stdout.strip() != minor:
        return f"the system's Python has no pip or is not {minor}, for which the wheels here are"
    return ""


def make(root: Path, distributions: Iterable[str] = DISTRIBUTIONS) -> None:
    """Fill a folder with the image's files, and with wheels of some distributions and of what they need."""
    for program in PROGRAMS:
        _copy_program(root, program)
    (root / "usr/bin/python").symlink_to("python3")
    library = Path(f"/usr/lib/python{sys.version_info[0]}.{sys.version_info[1]}")
    ignored = shutil.ignore_patterns("__pycache__", "test", "config-*", "idlelib", "tkinter")
    shutil.copytree(library, root / library.relative_to("/"), ignore=ignored, symlinks=False)
    packages = root / "usr/lib/python3/dist-packages"
    for name in ("pip", "setuptools", "wheel"):
        if (source := Path("/usr/lib/python3/dist-packages") / name).is_dir():
            shutil.copytree(source, packages / name, ignore=ignored)
    for extension in (library / "lib-dynload").glob("*.so"):
        _copy_libraries(root, extension)
    managed = str((library / "EXTERNALLY-MANAGED").relative_to("/"))
    for name, text in {"etc/pip.conf": PIP, "etc/passwd": USERS, managed: MANAGED}.items():
        _write(root / name, text)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)  # which a umask would make less of in mkdir
    for distribution in sorted(_with_their_own(distributions)):
        _wheel(root / "wheels", metadata.distribution(distribution))


def _with_their_own(names: Iterable[str]) -> set[str]:
    """Distributions and all that they require here, with the extras that are asked for."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), {"", *wanted.extras}
        if extras <= found.setdefault(name, set()):
            continue
        found[name] |= extras
        for one in map(Requirement, metadata.requires(name) or []):
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(one)
    return set(found)


def _copy_program(root: Path, program: Path) -> None:
    _copy(root, program)
    _copy_libraries(root, program)


def _copy_libraries(root: Path, program: Path) -> None:
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    for found in LIBRARY.findall(listed):
        if not found.startswith(sys.prefix):
            _copy(root, Path(found))


def _copy(root: Path, path: Path) -> None:
    target = root / path.relative_to("/")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _wheel(folder: Path, distribution: metadata.Distribution) -> None:
    """Write a wheel of what is installed."""
    folder.mkdir(exist_ok=True)
    told = distribution.read_text("WHEEL") or ""
    tags = [line.partition(": ")[2] for line in told.splitlines() if line.startswith("Tag: ")]
    # The first may be one of Python 2's.
    tag = next(tag for tag in tags if parse_tag(tag) & SUPPORTED)
    name = re.sub(r"[-_.]+", "_", distribution.name)
    with zipfile.ZipFile(folder / f"{name}-{distribution.version}-{tag}.whl", "w") as archive:
        data = f"{name}-{distribution.version}.data"
        for file in distribution.files or []:
            if (place := _in_wheel(distribution, file, data)) and file.suffix != ".pyc":
                archive.write(str(distribution.locate_file(file)), place)
    for file in distribution.files or []:
        if file.suffix == ".so":
            # What manylinux leaves to the system (PEP 599), such as librt for grpcio.
            _copy_libraries(folder.parent, Path(str(distribution.locate_file(file))))


def _in_wheel(distribution: metadata.Distribution, file: metadata.PackagePath, data: str) -> str:
    """Where a wheel has an installed file; nothing for the programs that pip makes of entry points."""
    if ".." not in file.parts:
        return str(file)
    outside = [part for part in file.parts if part != ".."]
    if outside[0] != "bin":
        return "/".join([data, "data", *outside])
    made = {point.name for point in distribution.entry_points if point.group == "console_scripts"}
    return "" if outside[-1] in made else "/".join([data, "scripts", *outside[1:]])
