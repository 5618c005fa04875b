"""What must not get out of the cluster, and who must not get in."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from localcluster.lifecycle import control
from tests.localcluster.faults.world import LAB, Object, World
from tests.patience import PATIENCE, until

NOBODY = 65534
PATHS = ["../x", "..", ".", "a/b", "/etc/passwd", "%2e%2e", "a\0b", "x" * 300, "A", "-a"]


def pod(name: str, container: str = "main", image: str = "demo/greeter:dev", **spec: str) -> Object:
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": container, "image": image, **spec}]}}


@pytest.mark.parametrize("name", PATHS)
def test_no_name_becomes_a_path_of_its_own(world: World, name: str) -> None:
    before = set(world.place.folder.parent.rglob("*"))
    for body in (pod(name), pod("fine", container=name)):
        assert world.call("POST", f"{LAB}/pods", body)[0] == 422
    assert world.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})[0] == 422
    new = set(world.place.folder.parent.rglob("*")) - before
    assert all(path.is_relative_to(world.place.folder) for path in new)
    assert world.items(f"{LAB}/pods") == []


@pytest.mark.parametrize("image", ["sh", "/bin/sh", "python:3.11", "greeter/sh", "x;greeter", "$(id)"])
def test_no_program_outside_the_catalogue_is_started(world: World, image: str) -> None:
    before = set(world.running())
    status, told = world.call("POST", f"{LAB}/pods", pod("other", image=image))
    if status == 201:
        until(lambda: waiting(world, "other") not in {"", "ContainerCreating"})
        assert waiting(world, "other") in {"ErrImagePull", "ImagePullBackOff", "InvalidImageName"}
        world.ok("DELETE", f"{LAB}/pods/other?gracePeriodSeconds=0")
        until(lambda: not world.items(f"{LAB}/pods"))
    else:
        assert status == 422, told
    assert set(world.running()) == before


def waiting(world: World, name: str) -> str:
    listed = world.ok("GET", f"{LAB}/pods/{name}")["status"].get("containerStatuses") or [{}]
    return str(listed[0].get("state", {}).get("waiting", {}).get("reason", ""))


@pytest.fixture
def as_nobody() -> list[str]:
    """Begin a command line with this to run it as another user of the machine."""
    if os.geteuid():
        pytest.skip("only root can become another user")
    # What the script needs is imported first: the other user may not even read the interpreter's files.
    script = (
        "import encodings.idna, http.client, os, ssl, sys, urllib.request; "
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); del sys.argv[0]; exec(sys.argv[0])"
    )
    return [sys.executable, "-I", "-c", script]


READ = """
import os, sys
for place, _, files in os.walk(sys.argv[1]):
    print(place, *files)
for path in sys.argv[2:]:
    try:
        print(open(path, "rb").read())
    except OSError as error:
        sys.stderr.write(type(error).__name__)
"""

ASK = """
import ssl, sys, urllib.error, urllib.request
context = ssl._create_unverified_context()
handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
opener = urllib.request.build_opener(*handlers)
for path in ("/api", "/api/v1/secrets", "/version", "/openapi/v3", "/healthz", "/nothing"):
    request = urllib.request.Request(sys.argv[1] + path, headers={"Authorization": "Bearer guessed"})
    try:
        opener.open(request)
        print("in", path)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def test_another_user_reads_nothing_of_the_state(world: World, as_nobody: list[str]) -> None:
    folder = world.place.folder
    files = [path for path in folder.rglob("*") if path.is_file()]
    open_up(folder.parent)
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*as_nobody, READ, str(folder), *map(str, files)],
        capture_output=True, text=True, timeout=PATIENCE, check=False, cwd="/",
    )  # fmt: skip
    assert ended.stdout in ("", f"{folder}\n")
    assert ended.stderr == "PermissionError" * len(files)


def open_up(folder: Path) -> None:
    """Let others come as far as the state folder, as they can on most machines."""
    for place in [folder, *folder.parents]:
        if place == Path(tempfile.gettempdir()):
            return
        place.chmod(place.stat().st_mode | 0o011)


def test_another_user_calls_nothing_of_the_api(world: World, as_nobody: list[str]) -> None:
    server = control.status(world.name).server
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*as_nobody, ASK, server], capture_output=True, text=True, timeout=PATIENCE, check=False, cwd="/"
    )
    assert ended.stdout.split() == ["401"] * 6, ended.stderr
