from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.lab.errors import LabError
from helpers.observe import collection
from helpers.observe.greetings import COLUMNS
from tests.helpers.fakes import fake_lab, pod, waiting
from tests.patience import PATIENCE


def greeting(second: int, server: str = "demo-1") -> str:
    clock = f"2026-11-24T10:00:{second:02d}Z 2026/11/24 10:00:{second:02d}"
    return f'{clock} Greeting: "{server}" says: Hello world\n'


def failure(second: int) -> str:
    return f"2026-11-24T10:00:{second:02d}Z 2026/11/24 10:00:{second:02d} Error: UNAVAILABLE: no\n"


class Log:
    """A followed log: gives its lines, then stays open until it is shut down, or ends at once."""

    def __init__(self, lines: Iterable[str], *, ends: bool = False) -> None:
        self.lines, self.ends = list(lines), ends
        self.shut = threading.Event()
        self.closed = False

    def stream(self, **_options: object) -> Iterator[bytes]:
        for line in self.lines:
            yield line.encode()
        if not self.ends:
            self.shut.wait(PATIENCE)

    def shutdown(self) -> None:
        self.shut.set()

    def close(self) -> None:
        self.closed = True


class Core:
    """Serves each pod's logs, one after the other, and remembers what was asked."""

    def __init__(self, **logs: list[Log | int]) -> None:
        self.logs = {name.replace("_", "-"): list(found) for name, found in logs.items()}
        self.asked: list[tuple[str, int | None]] = []
        self.given: list[Log] = []

    def read_namespaced_pod_log(self, name: str, _namespace: str, **options: Any) -> Log:
        assert options["follow"]
        assert options["timestamps"]
        self.asked.append((name, options["tail_lines"]))
        found = self.logs[name].pop(0) if self.logs.get(name) else 404
        if isinstance(found, int):
            raise ApiException(status=found)
        self.given.append(found)
        return found


def client(name: str, **fields: Any) -> Any:
    return pod(name, labels={"app": "client-clusterip"}, **fields)


def lab_with(core: Core, *pods: Any) -> Any:
    return fake_lab(*pods, pod("demo-1"), pod("demo-2"), core=core)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(collection, "LOOK_SECONDS", 0.01)


def test_each_client_gives_its_part_and_no_more() -> None:
    busy = Log(greeting(second) for second in range(30))
    core = Core(c_1=[busy], c_2=[Log(greeting(second, "demo-2") for second in range(3))])
    frame = collection.collect_greetings(
        lab_with(core, client("c-1"), client("c-2")), "clusterip", at_least=6
    )
    assert tuple(frame.columns) == COLUMNS
    assert frame["client"].value_counts().to_dict() == {"c-1": 3, "c-2": 3}
    assert set(frame["variant"]) == {"clusterip"}
    assert frame["time"].is_monotonic_increasing
    assert frame["server"].cat.categories.tolist() == ["demo-1", "demo-2"]


def test_clients_contribute_more_until_every_pod_has_answered() -> None:
    lines = [greeting(second, "demo-1" if second < 8 else "demo-2") for second in range(30)]
    frame = collection.collect_greetings(
        lab_with(Core(c_1=[Log(lines)]), client("c-1")), "clusterip", at_least=2, until=["demo-1", "demo-2"]
    )
    assert frame["server"].tolist() == ["demo-1"] * 8 + ["demo-2"]


def test_a_pod_that_never_answers_is_named() -> None:
    core = Core(c_1=[Log([greeting(1), greeting(2)])])
    with pytest.raises(LabError, match=r"demo-2 answered no greeting of variant clusterip .* 2 greetings"):
        collection.collect_greetings(
            lab_with(core, client("c-1")), "clusterip", at_least=1, until=["demo-2"], timeout=0.5
        )


def test_several_variants_are_collected_at_once() -> None:
    core = Core(c_1=[Log([greeting(1)])], h_1=[Log([greeting(1, "demo-2")])])
    other = pod("h-1", labels={"app": "client-headless"})
    frame = collection.collect_greetings(
        lab_with(core, client("c-1"), other), ["clusterip", "headless"], at_least=1
    )
    assert frame[["variant", "server"]].to_numpy().tolist() == [
        ["clusterip", "demo-1"],
        ["headless", "demo-2"],
    ]
    assert frame["server"].cat.categories.tolist() == ["demo-1", "demo-2"]


def test_only_lines_from_now_on_are_asked_for_and_every_log_is_closed() -> None:
    core = Core(c_1=[Log([greeting(1)])])
    collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=1)
    assert core.asked == [("c-1", 0)]
    assert all(log.shut.is_set() for log in core.given)


def test_failed_greetings_count_and_other_lines_do_not() -> None:
    core = Core(
        c_1=[Log([failure(1), "2026-11-24T10:00:02Z connecting to somebody, somewhere\n", failure(3)])]
    )
    frame = collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=2)
    assert frame["code"].tolist() == ["UNAVAILABLE"] * 2


def test_a_restarted_container_goes_on_without_repeating_lines() -> None:
    first, second = Log([greeting(1), greeting(2)], ends=True), Log([greeting(2), greeting(3)])
    core = Core(c_1=[first, second])
    frame = collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=3)
    assert frame["time"].dt.second.tolist() == [1, 2, 3]
    assert core.asked == [("c-1", 0), ("c-1", None)]


def test_a_pod_that_starts_is_read_from_its_first_line() -> None:
    core = Core(c_1=[400, Log([greeting(1)])])
    frame = collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=1)
    assert len(frame) == 1
    assert core.asked[-1] == ("c-1", None)


def test_a_successor_is_followed_when_a_client_ends() -> None:
    core = Core(c_1=[Log([greeting(1)], ends=True), 404], c_2=[Log([greeting(4), greeting(5)])])
    lab = lab_with(core, client("c-1"))
    found = lab.objects.select("Pod", "me", labels="app=client-clusterip")
    ask = lab.objects.select

    def later(kind: str, namespace: str, labels: str = "", fields: str = "") -> Any:
        if labels == "app=client-clusterip" and len(core.asked) > 1:
            return [client("c-2")]
        return found if labels == "app=client-clusterip" else ask(kind, namespace, labels, fields)

    lab.objects.select = later
    frame = collection.collect_greetings(lab, "clusterip", at_least=2)
    assert frame["client"].tolist() == ["c-1", "c-2", "c-2"]
    assert ("c-2", None) in core.asked


def test_no_clients_is_said_at_once() -> None:
    with pytest.raises(
        LabError, match=r"No client pods of variant envoy run in namespace me; helpers\.apply"
    ):
        collection.collect_greetings(lab_with(Core()), "envoy")


def test_too_few_greetings_are_said_with_what_the_clients_do() -> None:
    bad = client("c-1", ready=False, status=waiting("CrashLoopBackOff", "back-off 10s"))
    core = Core(c_1=[Log([greeting(1)])])
    told = r"1 of 5 greetings of variant clusterip .* \(1 of 5 from c-1\): c-1 CrashLoopBackOff: back-off 10s"
    with pytest.raises(LabError, match=told):
        collection.collect_greetings(lab_with(core, bad), "clusterip", at_least=5, timeout=0.3)


def test_threads_end_with_the_call() -> None:
    core = Core(c_1=[Log([greeting(1)])])
    before = set(threading.enumerate())
    collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=1)
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_lines_cut_or_in_pieces_are_counted_and_are_no_greetings() -> None:
    stamp = "2026-11-24T10:00:02Z 2026/11/24 10:00:02"
    pieces = [f'{stamp} Greeting: "demo-1" sa\n', "2026-11-24T10:00:02Z ys: Hello world\n", f"{stamp[:30]}\n"]
    first = Log([greeting(1), *pieces, f'{stamp} Greeting: "de'], ends=True)
    core = Core(c_1=[first, Log([greeting(3)])])
    frame = collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=2)
    assert frame["time"].dt.second.tolist() == [1, 3]
    assert frame.attrs == {"left_out": 4, "cut": 3}


def test_a_stream_that_breaks_within_a_line_loses_and_doubles_nothing() -> None:
    broken = Log([greeting(1), greeting(2)[:70]], ends=True)
    core = Core(c_1=[broken, Log([greeting(1), greeting(2), greeting(3)])])
    frame = collection.collect_greetings(lab_with(core, client("c-1")), "clusterip", at_least=3)
    assert frame["time"].dt.second.tolist() == [1, 2, 3]
    assert frame["message"].tolist() == ["Hello world"] * 3
    assert frame.attrs == {"left_out": 0, "cut": 0}


def test_a_hundred_pods_at_once_wait_for_their_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "WAITING", 20)
    pods = [client(f"c-{number}") for number in range(100)]
    logs: dict[str, list[Log | int]] = {
        f"c_{number}": [Log(map(greeting, range(30)))] for number in range(100)
    }
    follower = collection.Follower(
        lab_with(Core(**logs), *pods), "app=client-clusterip", time.monotonic() + PATIENCE
    )
    seen: list[tuple[str, str]] = []
    for arrived in follower.lines():
        seen.append(arrived)
        assert follower.arrived.qsize() <= 20
        if len(seen) == 3000:
            break
    follower.stop()
    assert len(set(seen)) == 3000
