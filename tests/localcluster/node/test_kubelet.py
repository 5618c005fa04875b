"""The node itself: its object, scheduling, refusals, and that its end is everybody's end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.host import addresses
from localcluster.node.settings import Patience
from tests.localcluster.node.lab import SLEEP, STUBBORN, Lab, alive, container, pod
from tests.patience import until


async def test_the_node_shows_itself(lab: Lab, block: addresses.Block) -> None:
    (node,) = lab.registry.list("Node")
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == "local-node"
    conditions = {one["type"]: one["status"] for one in node["status"]["conditions"]}
    assert conditions["Ready"] == "True"
    places = {one["type"]: one["address"] for one in node["status"]["addresses"]}
    assert places == {"InternalIP": block.api, "Hostname": "local-node"}
    assert node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.36")


async def test_a_field_that_is_not_emulated_is_named(lab: Lab) -> None:
    lab.create(pod("demo", volumes=[{"name": "data", "emptyDir": {}}]))
    lab.create(pod("placed", volumes=[{"name": "data", "emptyDir": {}}], nodeName="local-node"))
    await lab.until(lambda: len(lab.events("Warning")) == 2)
    for reason, text in lab.events("Warning"):
        assert reason == "NotEmulated"
        assert text.startswith("spec.volumes[0] cannot be emulated by the local cluster")
    assert lab.status()["phase"] == "Pending"
    assert lab.condition("PodScheduled")["reason"] == "Unschedulable"
    for name in ("demo", "placed"):
        lab.delete(name)
        await lab.gone(name)


async def test_a_pod_waits_for_a_node_with_its_labels(lab: Lab) -> None:
    lab.create(pod("demo", nodeSelector={"disk": "fast"}))
    await lab.until(lambda: lab.condition("PodScheduled"))
    assert "node affinity/selector" in lab.condition("PodScheduled")["message"]

    def label(node: dict[str, dict[str, dict[str, str]]]) -> None:
        node["metadata"]["labels"]["disk"] = "fast"

    lab.registry.modify("Node", None, "local-node", label)
    await lab.until(lab.is_ready)
    assert lab.condition("PodScheduled")["status"] == "True"


async def test_a_pod_of_another_scheduler_is_left_alone(lab: Lab) -> None:
    lab.create(pod("other", schedulerName="mine"))
    lab.create(pod("demo"))
    await lab.until(lab.is_ready)
    assert "conditions" not in lab.status("other")


async def test_a_stop_of_the_node_leaves_no_process(tmp_path: Path, block: addresses.Block) -> None:
    numbers = []

    async with Lab(tmp_path, block) as lab:
        for name, script in (("easy", SLEEP), ("stubborn", STUBBORN)):
            lab.create(pod(name, container("import os; print('pid', os.getpid()); " + script)))
            said = await lab.says("up", name)
            numbers.append(said.split()[1])
    assert len(numbers) == 2
    assert not [number for number in numbers if alive(number)]


async def test_a_stop_of_the_node_leaves_no_descriptor(tmp_path: Path, block: addresses.Block) -> None:
    def open_files() -> list[str]:
        links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sorted(path.name for path in links if path.is_relative_to(tmp_path))

    async with Lab(tmp_path, block) as lab:
        lab.create(pod("demo", container(SLEEP)))
        lab.create(pod("again", container("raise SystemExit(1)")))
        await lab.says("up")
        assert "0.log" in open_files()
    assert open_files() == []


async def test_a_pod_for_which_no_address_is_left_says_so(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: addresses.Addresses, _taken: set[str]) -> str:
        raise addresses.AddressError("No pod address is left; delete pods.")

    monkeypatch.setattr(addresses.Addresses, "pod_ip", none_left)
    lab.create(pod())
    text = "Failed to create pod sandbox: No pod address is left; delete pods."
    await lab.until(lambda: ("FailedCreatePodSandBox", text) in lab.events("Warning"))
    lab.delete()
    await lab.gone()


async def test_a_pod_created_while_the_node_stops_is_not_started(
    tmp_path: Path, block: addresses.Block
) -> None:
    async with Lab(tmp_path, block) as lab:
        lab.create(pod("demo", container("import os; print('pid', os.getpid()); " + SLEEP)))
    assert not addresses.listeners(block)


async def test_logs_of_pods_that_went_meanwhile_are_removed(tmp_path: Path, block: addresses.Block) -> None:
    (tmp_path / "lab_old_1" / "main").mkdir(parents=True)
    (tmp_path / "lab_old_1" / "main" / "0.log").write_text("x")
    async with Lab(tmp_path, block) as lab:
        await lab.until(lambda: not list(tmp_path.iterdir()))


DAEMON = """
import asyncio, sys
from pathlib import Path
from localcluster.host import addresses, programs
from tests.localcluster.node.lab import SLEEP, Lab, container, pod

async def main(folder, number):
    async with Lab(folder, addresses.Block(number)) as lab:
        lab.create(pod("demo", container("import os; print('pid', os.getpid()); " + SLEEP)))
        print(await lab.says("up"), flush=True)
        await asyncio.Event().wait()

programs.use_pidfds()
asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def test_a_kill_of_the_daemon_ends_its_pods(tmp_path: Path, block: addresses.Block) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", DAEMON, str(tmp_path), str(block.number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as daemon:  # noqa: S603
        assert daemon.stdout
        number = daemon.stdout.readline().split()[1]
        assert alive(number)
        os.kill(daemon.pid, signal.SIGKILL)
        daemon.stdout.close()
    until(lambda: not alive(number))


async def test_the_node_holds_a_lease(tmp_path: Path, block: addresses.Block) -> None:
    async with Lab(tmp_path, block, patience=Patience(lease=1, heartbeat=0.05)) as lab:
        lab.registry.create("Namespace", {"metadata": {"name": "kube-node-lease"}})
        await lab.until(lambda: lab.registry.list("Lease"))
        (lease,) = lab.registry.list("Lease")
        (node,) = lab.registry.list("Node")
        assert lease["spec"]["holderIdentity"] == lease["metadata"]["name"] == node["metadata"]["name"]
        assert lease["metadata"]["ownerReferences"][0]["uid"] == node["metadata"]["uid"]
        first = lease["spec"]["renewTime"]
        await lab.until(lambda: lab.registry.list("Lease")[0]["spec"]["renewTime"] > first)
