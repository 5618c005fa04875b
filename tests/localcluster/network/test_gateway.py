"""The files of the Gateways' Envoy, and what Envoy says of them."""

import stat
from pathlib import Path

from localcluster.host.addresses import Block
from localcluster.lifecycle import certificates
from localcluster.network import gateway
from localcluster.network.gateway import DataPlane, Files, Outcome
from localcluster.network.routes import Chain, Match, Place, Plan, Route, Target


def plan(place: Place, *weights: int, match: Match | None = None) -> Plan:
    targets = tuple(Target(f"lab.{index}.50051", weight) for index, weight in enumerate(weights))
    chain = Chain("lab.demo.8000", {"": (Route(match or Match(), targets),)})
    pods = [(place[0].rpartition(".")[0] + ".99", 9000)]
    return Plan({place: [chain]}, {one.cluster: pods for one in targets})


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}


def write(files: Files, wanted: Plan) -> None:
    files.write_clusters(wanted)
    files.write_routes(wanted)
    files.write_listeners(wanted)


def test_a_change_of_weights_touches_the_routes_alone(tmp_path: Path) -> None:
    files, place = Files(tmp_path), ("127.77.0.30", 8000)
    write(files, plan(place, 9, 1))
    before = contents(tmp_path)
    write(files, plan(place, 1, 9))
    changed = {name for name, text in contents(tmp_path).items() if text != before.get(name)}
    assert changed == {f"routes/{gateway.file_name('lab.demo.8000')}"}


def test_a_cluster_that_went_stays_until_the_next_change(tmp_path: Path) -> None:
    files, place = Files(tmp_path), ("127.77.0.30", 8000)
    write(files, plan(place, 1, 1))
    write(files, plan(place, 1))
    assert (tmp_path / "endpoints" / "lab.1.50051.json").exists()
    write(files, plan(place, 2))
    assert not (tmp_path / "endpoints" / "lab.1.50051.json").exists()


def test_keys_are_private_and_go_with_their_listener(tmp_path: Path) -> None:
    pair = certificates.make_server(None, ["demo.example"])
    wanted = plan(("127.77.0.30", 8443), 1)
    wanted.certificates["lab.demo.8443.tls"] = (pair.certificate_pem, pair.key_pem)
    files = Files(tmp_path)
    write(files, wanted)
    (found,) = (tmp_path / "certificates").iterdir()
    assert stat.S_IMODE(found.stat().st_mode) == 0o600
    write(files, Plan())
    assert list((tmp_path / "certificates").iterdir()) == []


def test_names_of_any_length_become_names_of_files() -> None:
    assert gateway.file_name("a" * 600) != gateway.file_name("a" * 601)
    assert len(gateway.file_name("a" * 600)) < 100


async def test_routes_that_envoy_refuses_are_told_by_name(tmp_path: Path, block: Block) -> None:
    plane, place = DataPlane(tmp_path / "gateway", block), (block.gateways[0], 8000)
    try:
        assert await plane.apply(plan(place, 1)) == Outcome()
        bad = await plane.apply(plan(place, 1, match=Match("regex", "(")))
        assert bad == Outcome(refused=frozenset({"lab.demo.8000"}))
        assert await plane.apply(plan(place, 2)) == Outcome()
    finally:
        await plane.stop()
