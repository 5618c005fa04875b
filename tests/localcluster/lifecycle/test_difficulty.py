"""What a cluster is asked to be without, by option and by variable; the delays, where each is."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from localcluster import cli
from localcluster.host.addresses import Addresses, Block
from localcluster.lifecycle import bootstrap, control, difficulty
from localcluster.lifecycle.difficulty import Difficulty
from localcluster.network import dns, envoy
from localcluster.network.directory import Directory
from localcluster.network.plane import ServiceNetwork
from localcluster.storage import resources
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from tests.patience import PATIENCE

BLOCK = Block(77)


@pytest.fixture(autouse=True)
def all_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "LEFT_OUT", set())


@pytest.fixture
def registry() -> Registry:
    return Registry(Store(None), Addresses(BLOCK))


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, Difficulty()),
        ({"LOCALCLUSTER_SLOW": "1"}, Difficulty(slow=True)),
        ({"LOCALCLUSTER_SLOW": "0", "LOCALCLUSTER_WITHOUT_GATEWAY": ""}, Difficulty()),
        ({"LOCALCLUSTER_WITHOUT_INGRESS": "yes"}, Difficulty(without_ingress=True)),
    ],
)
def test_variables_say_what_options_say(variables: dict[str, str], found: Difficulty) -> None:
    assert difficulty.told(variables) == found
    assert difficulty.told(found.variables()) == found


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], None),
        (["--slow"], Difficulty(slow=True)),
        (["--without-ingress", "--without-gateway"], Difficulty(without_ingress=True, without_gateway=True)),
    ],
)
def test_the_command_line_hands_its_options_on(
    monkeypatch: pytest.MonkeyPatch, options: list[str], wanted: Difficulty | None
) -> None:
    seen: list[object] = []

    def start(name: str | None, told: Difficulty | None) -> Path:
        seen.extend((name, told))
        return Path("kubeconfig")

    monkeypatch.setattr(control, "start", start)
    monkeypatch.setattr(control, "status", lambda name: control.Status(str(name), Path(), running=True))
    assert cli.main(["--name", "x", "start", *options]) == 0
    assert seen == ["x", wanted]


def test_what_a_cluster_is_without_goes_and_comes_back_with_a_start(registry: Registry) -> None:
    def there() -> tuple[int, int, bool]:
        classes = (len(registry.list(kind)) for kind in ("IngressClass", "GatewayClass"))
        ingress, gateway = classes
        return ingress, gateway, bool(resources.serving("gateway.networking.k8s.io", "v1"))

    bootstrap.ensure(registry, BLOCK, 6443)
    assert there() == (2, 1, True)
    bootstrap.ensure(registry, BLOCK, 6443, Difficulty(without_ingress=True, without_gateway=True))
    assert there() == (0, 0, False)
    assert "gateway.networking.k8s.io" not in dict(resources.group_versions())
    resources.LEFT_OUT.clear()  # another process
    bootstrap.ensure(registry, BLOCK, 6443)
    assert there() == (2, 1, True)


async def test_late_changes_reach_the_directory_in_their_order(registry: Registry, tmp_path: Path) -> None:
    directory = Directory()
    resolvers = dns.Resolvers(directory, BLOCK.resolvers, 1053)
    network = ServiceNetwork(registry, directory, envoy.Files(tmp_path), BLOCK, resolvers, delay=(0.0, 0.05))
    for name in ("default", "lab"):
        registry.create("Namespace", {"metadata": {"name": name}})
    tasks = [asyncio.create_task(part) for part in (network._follow(), network._take_in())]
    await asyncio.sleep(0)  # they watch from now on
    ports = [{"port": 8080}]
    registry.create("Service", {"metadata": {"name": "demo", "namespace": "lab"}, "spec": {"ports": ports}})
    for number in range(20):

        def change(service: dict[str, object], number: int = number) -> None:
            service["metadata"]["labels"] = {"number": str(number)}  # type: ignore[index]

        registry.modify("Service", "lab", "demo", change)
    registry.create("Service", {"metadata": {"name": "last", "namespace": "lab"}, "spec": {"ports": ports}})
    async with asyncio.timeout(PATIENCE):
        while ("lab", "last") not in directory.services:
            await asyncio.sleep(0.005)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert directory.services["lab", "demo"]["metadata"]["labels"] == {"number": "19"}
