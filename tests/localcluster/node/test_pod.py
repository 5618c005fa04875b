"""Pods as real processes: they start, crash, are restarted, probed, ended."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from localcluster.errors import BadRequest
from localcluster.host import addresses
from localcluster.node.pod import PodWorker
from localcluster.node.settings import Patience
from localcluster.storage.store import Store
from localcluster.storage.watch import Watch
from tests.localcluster.node.lab import POLITE, SLEEP, STUBBORN, Lab, alive, container, pod
from tests.patience import eventually

CRASH = "import sys; print('bad', file=sys.stderr); sys.exit(3)"
TELL_PID = "import os; print('pid', os.getpid()); " + SLEEP


def pid_in(text: str) -> str:
    found = re.search(r"pid (\d+)", text)
    assert found
    return found.group(1)


async def test_a_pod_runs_on_an_address_of_its_own(lab: Lab, block: addresses.Block) -> None:
    lab.create(pod())
    await lab.until(lab.is_ready)
    status, first = lab.status(), lab.first()
    assert status["phase"] == "Running"
    assert block.contains(status["podIP"])
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert status["hostIP"] == block.api
    assert first["image"] == "docker.io/library/script:1"
    assert first["restartCount"] == 0
    assert first["started"]
    assert set(first["state"]["running"]) == {"startedAt"}
    assert await lab.says("up") == "up\n"
    reasons = [reason for reason, _ in lab.events()]
    assert reasons == ["Scheduled", "Pulled", "Created", "Started"]


async def test_a_program_sees_its_environment_and_nothing_else(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE", "of the user")
    script = "import os; print(sorted(os.environ), os.environ['HOSTNAME'], '$(WHO)', os.listdir()); " + SLEEP
    env = [{"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]
    lab.create(pod("demo", container(script, env=env), enableServiceLinks=False))
    said = await lab.says("WHO")
    assert "PRIVATE" not in said
    assert f"demo {lab.status()['podIP']} []" in said
    assert "'HOME', 'HOSTNAME', 'KUBERNETES_PORT'" in said


async def test_a_crashing_container_backs_off(lab: Lab) -> None:
    lab.create(pod("demo", container(CRASH)))
    await lab.until(lambda: lab.reason() == "CrashLoopBackOff")
    first = lab.first()
    assert first["restartCount"] >= 1
    ended = first["lastState"]["terminated"]
    assert ended["exitCode"] == 3
    assert ended["reason"] == "Error"
    assert sorted(ended) == ["containerID", "exitCode", "finishedAt", "reason", "startedAt"]
    assert first["state"]["waiting"]["message"].startswith("back-off ")
    assert lab.status()["phase"] == "Running"
    assert await lab.log(previous=True) == "bad\n"
    assert {reason for reason, _ in lab.events("Warning")} == {"BackOff"}
    await lab.until(lambda: lab.first().get("restartCount", 0) >= 3)


async def test_last_words_are_told_where_they_are_wanted(lab: Lab) -> None:
    wanted = container(CRASH, terminationMessagePolicy="FallbackToLogsOnError")
    lab.create(pod("demo", wanted, restartPolicy="Never"))
    await lab.until(lambda: lab.status().get("phase") == "Failed")
    assert lab.first()["state"]["terminated"]["message"] == "bad\n"


MISSING = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "none", "key": "a"}}}]


@pytest.mark.parametrize(
    ("waiting", "reason"),
    [
        (container(CRASH), "CrashLoopBackOff"),
        (container(image="nginx"), "ImagePullBackOff"),
        (container(env=MISSING), "CreateContainerConfigError"),
    ],
)
async def test_a_pod_that_waits_is_gone_at_once(
    tmp_path: Path, block: addresses.Block, waiting: dict[str, object], reason: str
) -> None:
    patience = Patience(first_delay=600, longest_delay=600, pull=0.01)

    async with Lab(tmp_path, block, patience=patience) as lab:
        lab.create(pod("demo", waiting))
        await lab.until(lambda: lab.reason() == reason)
        lab.delete()
        await lab.gone()


async def test_a_container_that_takes_long_to_start_is_created_until_then_and_can_be_deleted(
    tmp_path: Path, block: addresses.Block
) -> None:
    async with Lab(tmp_path, block, patience=Patience(start=(3600.0, 3600.0))) as lab:
        lab.create(pod())
        await lab.until(lambda: lab.reason() == "ContainerCreating")
        assert "Started" not in [reason for reason, _ in lab.events()]
        lab.delete()
        await lab.gone()


async def test_a_pod_that_runs_once_ends_as_its_program_does(lab: Lab) -> None:
    lab.create(pod("bad", container(CRASH), restartPolicy="Never"))
    lab.create(pod("good", container("print('done')"), restartPolicy="OnFailure"))
    await lab.until(lambda: lab.status("bad").get("phase") == "Failed")
    await lab.until(lambda: lab.status("good").get("phase") == "Succeeded")
    assert lab.condition("Ready", "bad")["reason"] == "PodFailed"
    assert lab.condition("PodReadyToStartContainers", "bad")["status"] == "False"
    assert lab.first("bad")["restartCount"] == 0
    assert lab.first("good")["state"]["terminated"]["reason"] == "Completed"
    assert await lab.log("good") == "done\n"
    lab.delete("bad")
    assert lab.find("bad") is None


async def test_a_life_between_two_looks_is_told_by_its_end(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async def seldom(worker: PodWorker) -> None:
        """The node looks again only when all is over."""
        await eventually(lambda: all("terminated" in one.report.state for one in worker._containers))

    monkeypatch.setattr(PodWorker, "_look", seldom)
    with contextlib.closing(lab.registry.watch("Pod")) as watch:
        lab.create(pod("demo", container("print('hello')"), restartPolicy="Never"))
        await lab.until(lambda: lab.status().get("phase") == "Succeeded")
        states = [state async for state in _states(watch)]
    assert states[-1] == "terminated"
    assert "running" not in states


async def _states(watch: Watch) -> AsyncIterator[str]:
    """What was told of the container, change by change, until the pod is over."""
    async for change in watch:
        status = change.object.get("status") or {}
        for one in status.get("containerStatuses") or []:
            yield next(iter(one["state"]))
        if status.get("phase") == "Succeeded":
            return


async def test_a_deleted_pod_ends_in_peace_and_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    lab.create(pod("demo", container(POLITE)))
    await lab.says("up")
    lab.delete()
    assert lab.find() is not None
    await lab.gone()
    assert ("Killing", "Stopping container main") in lab.events()
    await lab.until(lambda: not list(tmp_path.iterdir()))


async def test_who_ignores_the_request_to_end_is_killed(lab: Lab) -> None:
    lab.create(pod("demo", container("import os; print('pid', os.getpid()); " + STUBBORN)))
    number = pid_in(await lab.says("up"))
    lab.delete(grace=1)
    await lab.until(lambda: ("Killing", "Stopping container main") in lab.events())
    assert alive(number)
    await lab.gone()
    assert not alive(number)


async def test_a_pod_that_ends_serves_on_until_its_hook_has_slept(lab: Lab) -> None:
    hook = {"preStop": {"sleep": {"seconds": 2}}}
    script = "import signal, time; signal.signal(15, lambda *_: print('term')); print('up'); "
    lab.create(
        pod(
            "demo",
            container(script + "time.sleep(0.5); print('serves on'); signal.pause()", lifecycle=hook),
        )
    )
    await lab.says("up")
    said = asyncio.create_task(lab.log(follow=True))
    await asyncio.sleep(0)  # so that the log is open before the pod is gone
    lab.delete()
    assert (await said).split() == ["up", "serves", "on", "term"]
    await lab.gone()


async def test_a_second_deletion_shortens_the_grace(lab: Lab) -> None:
    lab.create(pod("demo", container(STUBBORN), terminationGracePeriodSeconds=600))
    await lab.says("up")
    lab.delete()
    await lab.until(lambda: ("Killing", "Stopping container main") in lab.events())
    lab.delete(grace=1)
    await lab.gone()


async def test_a_deletion_by_force_kills_at_once(lab: Lab, tmp_path: Path) -> None:
    lab.create(pod("demo", container("import os; print('pid', os.getpid()); " + STUBBORN)))
    number = pid_in(await lab.says("up"))
    lab.delete(grace=0)
    assert lab.find() is None
    await lab.until(lambda: not alive(number))
    await lab.until(lambda: not list(tmp_path.iterdir()))


async def test_what_a_program_started_ends_with_it(lab: Lab) -> None:
    sleep = "[sys.executable, '-c', 'import time; time.sleep(3600)']"
    child = f"import subprocess, sys; c = subprocess.Popen({sleep})"
    script = f"{child}; print('pid', c.pid)"
    lab.create(pod("demo", container(script), restartPolicy="Never"))
    await lab.until(lambda: lab.status().get("phase") == "Succeeded")
    child = pid_in(await lab.log())
    await lab.until(lambda: not alive(child))


async def test_a_missing_key_is_waited_for(lab: Lab) -> None:
    reference = {"configMapKeyRef": {"name": "settings", "key": "greeting"}}
    script = "import os; print(os.environ['GREETING']); " + SLEEP
    lab.create(pod("demo", container(script, env=[{"name": "GREETING", "valueFrom": reference}])))
    await lab.until(lambda: lab.reason() == "CreateContainerConfigError")
    assert lab.first()["state"]["waiting"]["message"] == 'configmap "settings" not found'
    assert lab.status()["phase"] == "Pending"
    with pytest.raises(BadRequest, match="is waiting to start: CreateContainerConfigError"):
        await lab.log()
    found = lab.registry.create("ConfigMap", {"metadata": {"name": "settings", "namespace": "lab"}})
    missing = "couldn't find key greeting in ConfigMap lab/settings"
    await lab.until(lambda: ("Failed", f"Error: {missing}") in lab.events("Warning"))
    lab.registry.update("ConfigMap", {**found, "data": {"greeting": "hello"}})
    await lab.says("hello")


@pytest.mark.parametrize(
    ("policy", "reason"), [("Never", "ErrImageNeverPull"), ("IfNotPresent", "ImagePullBackOff")]
)
async def test_an_unknown_image_says_what_to_do(lab: Lab, policy: str, reason: str) -> None:
    lab.create(pod("demo", container(image="nginx:1", imagePullPolicy=policy)))
    await lab.until(lambda: lab.reason() == reason)
    assert lab.status()["phase"] == "Pending"
    assert any("greeter" in text and "SCOPE.md" in text for _, text in lab.events("Warning"))


async def test_another_image_restarts_the_container(lab: Lab) -> None:
    lab.create(pod("demo", container(image="nginx:1", imagePullPolicy="Never")))
    await lab.until(lambda: lab.reason() == "ErrImageNeverPull")

    def change(found: dict[str, dict[str, list[dict[str, str]]]]) -> None:
        found["spec"]["containers"][0]["image"] = "script:2"

    lab.registry.modify("Pod", "lab", "demo", change)
    await lab.says("up")
    assert lab.first()["image"].endswith("/script:2")


SERVE = (
    "import os, socket, time; s = socket.create_server((os.environ['IP'], 9000)); print('up')\n"
    "while True:\n"
    " c, _ = s.accept(); c.close()\n"
    " if os.path.exists('stop'): s.close(); time.sleep(3600)"
)
POD_IP = [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]


async def test_readiness_comes_and_goes(lab: Lab) -> None:
    probe = {"tcpSocket": {"port": "web"}, "periodSeconds": 1, "failureThreshold": 1}
    ports = [{"name": "web", "containerPort": 9000}]
    lab.create(pod("demo", container(SERVE, env=POD_IP, ports=ports, readinessProbe=probe)))
    await lab.until(lambda: lab.first().get("state", {}).get("running"))
    await lab.until(lab.is_ready)
    found = lab.find()
    assert found
    (lab.kubelet.logs.home(found) / "main" / "work" / "stop").touch()
    await lab.until(lambda: not lab.is_ready())
    assert lab.condition("Ready")["reason"] == "ContainersNotReady"
    assert lab.first()["restartCount"] == 0
    texts = [text for reason, text in lab.events("Warning") if reason == "Unhealthy"]
    address = lab.status()["podIP"]
    assert f"Readiness probe failed: dial tcp {address}:9000: connect: connection refused" in texts


async def test_a_container_that_is_not_alive_is_restarted(lab: Lab) -> None:
    probe = {"tcpSocket": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1}
    lab.create(pod("demo", container(POLITE, livenessProbe=probe)))
    await lab.until(lambda: lab.first().get("restartCount") == 1)
    assert lab.first()["lastState"]["terminated"]["reason"] == "Completed"
    assert ("Killing", "Container main failed liveness probe, will be restarted") in lab.events()


async def test_a_startup_probe_holds_the_others_back(lab: Lab) -> None:
    startup = {"tcpSocket": {"port": 9000}, "periodSeconds": 1}
    liveness = {"tcpSocket": {"port": 9000}, "periodSeconds": 1, "failureThreshold": 1}
    script = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n" + SERVE
    lab.create(pod("demo", container(script, env=POD_IP, startupProbe=startup, livenessProbe=liveness)))
    await lab.until(lambda: lab.first().get("state", {}).get("running"))
    assert not lab.first()["started"]
    assert not lab.first()["ready"]
    found = lab.find()
    assert found
    (lab.kubelet.logs.home(found) / "main" / "work" / "go").touch()
    await lab.until(lab.is_ready)
    assert lab.first()["started"]
    assert lab.first()["restartCount"] == 0


async def test_two_containers_share_an_address_and_the_pod_waits_for_both(lab: Lab) -> None:
    probe = {"tcpSocket": {"port": 9000}, "periodSeconds": 1}
    lab.create(
        pod(
            "demo",
            container(SERVE, name="server", env=POD_IP),
            container(SLEEP, name="beside", readinessProbe=probe),
        )
    )
    await lab.until(lab.is_ready)
    assert [one["name"] for one in lab.status()["containerStatuses"]] == ["beside", "server"]


async def test_pods_outlive_a_stop_of_the_node_as_objects(tmp_path: Path, block: addresses.Block) -> None:
    store = Store()
    async with Lab(tmp_path, block, store=store) as lab:
        lab.create(pod("demo", container(TELL_PID)))
        lab.create(pod("once", container(TELL_PID), restartPolicy="Never"))
        await lab.says("up", "once")
        pid, address = pid_in(await lab.says("up")), lab.status()["podIP"]
    async with Lab(tmp_path, block, store=store) as lab:
        await lab.until(lambda: lab.first().get("restartCount") == 1)
        assert not alive(pid)
        assert lab.status()["podIP"] == address
        assert lab.first()["lastState"]["terminated"]["reason"] == "Unknown"
        await lab.until(lab.is_ready)
        assert "up" in await lab.log(previous=True)
        await lab.until(lambda: lab.status("once").get("phase") == "Failed")
    store.close()


async def test_an_address_somebody_listens_on_is_not_given_again(
    tmp_path: Path, block: addresses.Block
) -> None:
    store = Store()
    async with Lab(tmp_path, block, store=store) as lab:
        lab.create(pod())
        await lab.until(lab.is_ready)
        address = lab.status()["podIP"]
    with socket.create_server((address, 9000)):
        async with Lab(tmp_path, block, store=store) as lab:
            await lab.until(lambda: lab.first().get("restartCount") == 1)
            assert lab.status()["podIP"] != address
    store.close()
