"""The second course, executed as the report executes it; then the facts, from what each notebook saved.

One function for each notebook: it gets the saved file, parsed, and the text of all outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.report.cells import SOLUTION, tags
from helpers.report.course import run_course
from tests.notebooks.conftest import PRODUCTION
from tests.notebooks.test_course import printed

Facts = Callable[[dict[str, Any], str], None]

NOTICED = (
    "round_robin, max age 2 s, DNS interval 30 s",
    "round_robin, max age 2 s, DNS interval 1 s",
    "EndpointSlice watcher",
)
CHECK = r"^helpers\.exercises\."
ROUND_ROBIN = "round_robin (DNS 1 s)"
WAYS = ("ClusterIP", ROUND_ROBIN, "nginx", "Envoy (DNS 1 s)")
SLOW_DNS = "Envoy (DNS 5 s, its default)"

Seen = list[list[float | None]]


def highest(measures: dict[str, Seen], *labels: str) -> list[float]:
    """The greatest of each setting; every one was one event, which three clients saw."""
    assert {tuple(map(len, measures[label])) for label in labels} == {(3,)}
    return [max(value for value in measures[label][0] if value is not None) for label in labels]


def scaling(saved: dict[str, Any], text: str) -> None:
    """Who loses no connection sees no new pod; who does asks DNS after 30 s, unless told to ask sooner."""
    seconds = saved["seconds_to_new_pod"]
    assert seconds["round_robin"] == [[None] * 3]
    assert len(highest(seconds, *NOTICED)) == 3
    assert re.search(r"predicted 50%, measured 0% of \d+ calls", text)
    found = {one["variant"]: one for one in saved["findings"]}
    assert (found["scaling"]["pods"], found["scaling-slices"]["pods"]) == (2, 4)
    apart = {way: float(least) for way, least in re.findall(r"(\S+): ([\d.]+) to [\d.]+ s between two", text)}
    # Thirty, but for how late a busy machine logged the first; without the floor it would be two.
    assert apart["scaling-aging"] > 25 > apart["scaling-floor"]
    # Connections that end by age cut no short call.
    assert found["scaling-aging"]["failed"] == found["scaling-floor"]["failed"] == 0
    # The server that the reader repaired is scaled up once more, and its clients use the pod.
    assert re.search(r"✗ Not yet\. The args of Deployment demo have no --max-connection-age", text)
    assert re.search(r"✓ Right\. Deployment demo got a pod more, and 3 clients used it", text)


def rollout(saved: dict[str, Any], text: str) -> None:
    """Grace and sleep together and a retry lose nothing; who keeps a connection loses by each alone."""
    lost = saved["failures_in_rollout"]
    assert len(lost) == 4 * (2 * len(WAYS) + 1)
    together = [f"{way} + retry, sleep + grace" for way in WAYS]
    assert highest(lost, *together) == [0, 0, 0, 0]
    # What is in flight is cut, and a sleep moves no connection.
    for ending in ("stop(0)", "sleep + stop(0)"):
        assert min(highest(lost, *(f"{way}, {ending}" for way in WAYS[:2]))) >= 1
    # Three seconds of sleep are shorter than the five that this Envoy may be late.
    assert f"{SLOW_DNS}, sleep + grace" in lost
    # During its sleep a pod is in the slice: not ready, serving, terminating.
    assert re.search(r"demo-\S+ +False +True +True\n", text)
    assert re.search(r"UNAVAILABLE: max connection age", text)
    (received,) = re.findall(r"predicted 5 messages, received (\d)", text)
    assert 1 <= int(received) < 5
    assert re.search(r"✗ Not yet\. There is no preStop sleep", text)


def failure(saved: dict[str, Any], text: str) -> None:
    """A hang is as long as the fault for everybody but who counts failures; only that one gets round it."""
    seconds = saved["seconds_to_recover"]
    ways = [f"{ROUND_ROBIN}{more}, hang" for more in ("", " + retry", " + health", " + outlier")]
    assert min(highest(seconds, *ways)) > 0
    # Of the client that lost most; a table that is too wide is printed in several parts.
    rows = " ".join(re.findall(r"^hang\b(.*)$", text, flags=re.MULTILINE))
    *others, counting = map(int, re.findall(r"\d+", rows))
    assert len(others) == 3
    assert min(others) > counting > 0
    # Who keeps a connection goes on using the unready pod, who checks health leaves it sooner.
    until = re.findall(rf"^{re.escape(ROUND_ROBIN)}((?: \+ \w+)?) +\[([\d., ]+)\]$", text, flags=re.MULTILINE)
    left = {more: [float(one) for one in each.split(",")] for more, each in until}
    assert max(left.get(" + health", [0.0])) < min(left[""])
    # A connection is ready and no answer comes: waiting for readiness ends no such call.
    (lost,) = re.findall(r"predicted 0, failed (\d+) of 12: \['DEADLINE_EXCEEDED'", text)
    assert 1 <= int(lost) < 12
    assert re.search(r"✗ Not yet\. \d+% of \d+ calls failed \(DEADLINE_EXCEEDED\)", text)


def streams(saved: dict[str, Any], text: str) -> None:
    """No stream moves; those that are opened anew meet all pods; only the silent one is cut, as INTERNAL."""
    found = {one["variant"]: one for one in saved["findings"]}
    assert re.search(r"predicted pods: 3, measured: 1\n", text)
    assert re.search(r"measured: 0 of 30 streams moved", text)
    assert re.search(r"predicted pods: 1, measured: [2-6]\n", text)
    assert found["streams-reopen"]["effective_pods"] > 2.9
    assert found["streams-talking"]["failed"] == 0
    assert set(found["streams-silent"]["codes"]) == {"INTERNAL"}
    assert re.search(r"✗ Not yet\. nginx cuts a stream after 2 s without a message", text)


def gateway_api(saved: dict[str, Any], text: str) -> None:
    """Shares are as asked for, a shift fails nobody, and the closest rule wins whatever the order."""
    shares = {one["variant"]: one for one in saved["findings"]}
    canary = {
        name: sum(part for pod, part in one["shares"].items() if pod.startswith("demo-canary"))
        for name, one in shares.items()
    }
    # 1200 draws each, half of them through TLS; ten standard deviations.
    for weights, share, off in (("99 : 1", 0.01, 0.03), ("90 : 10", 0.1, 0.09), ("1 : 1", 0.5, 0.15)):
        assert abs(canary[f"gateway {weights}"] - share) < off
    assert canary["gateway 0 : 1"] == 1
    assert {one["greetings"] for one in shares.values()} == {1200}
    assert not any(one["failed"] for one in shares.values())
    # In the shift: greetings and failures of each client.
    assert len(re.findall(r"^\d+ +gateway +client-gateway-\S+ +[1-9]\d* +0\b", text, flags=re.MULTILINE)) == 3
    assert "BackendNotFound" in text
    assert re.search(r"gateway\.\S+: predicted NOT_FOUND, measured UNAVAILABLE: ", text)
    assert re.search(r"nobody\.example: predicted NOT_FOUND, measured UNIMPLEMENTED: ", text)
    for way, where in (("no header", "stable"), ("track=canary", "canary"), ("SayHellos", "canary")):
        assert f"{way}: {{'{where}'}}" in text
    assert re.search(r"Not yet\. 30 of 30 calls with the header user=alice did not reach the canary", text)
    # On a busy machine a difference of two latencies can be below nothing; that it was measured is the fact.
    added_once_in_each_round(saved, "Gateway, plaintext", "Gateway, TLS")


def added_once_in_each_round(saved: dict[str, Any], *ways: str) -> None:
    """Each way was compared with the direct one in two rounds, by one client in each."""
    added = saved["latency_added_ms"]
    assert {way: [len(event) for event in added[way]] for way in added} == {way: [1, 1] for way in ways}


def envoy_policies(saved: dict[str, Any], text: str) -> None:
    """Turns and weights are kept, the slow pod is spared by who counts, and ejection ends the failures."""
    prefix = "envoy-policies"
    found = {one["variant"].removeprefix(prefix).strip("-"): one for one in saved["findings"]}
    slow = {
        name: [sum(part for pod, part in each.items() if "slow" in pod) for each in one["per_client_shares"]]
        for name, one in found.items()
    }
    for name, share in (("", 1 / 3), ("weighted", 1 / 7)):
        assert len(slow[name]) == 5
        assert all(abs(each - share) < 0.05 for each in slow[name])
    assert max(slow["least-request"]) < min(slow[""])
    assert max(slow["sidecar"]) < min(slow[""])
    # More than the three failures in a row that it takes: others are in flight by then.
    assert 3 <= found["ejecting"]["failed"] < found["patient"]["failed"]
    assert set(found["patient"]["codes"]) == {"UNAVAILABLE"}
    assert re.search("demo-hanging-\\S+ +\\d+ +\\d+ +True", text)
    # In turn a pod that fails at once would have a third, and not one more call in three.
    (most,) = re.findall(r"predicted 33%, measured \d+% to (\d+)% in five runs", text)
    assert int(most) > 35
    added_once_in_each_round(saved, "Envoy at the edge", "Envoy as sidecar")


def xds(saved: dict[str, Any], text: str) -> None:
    """Clients receive new pods, need nobody while nothing changes, and weigh localities only."""
    assert highest(saved["seconds_to_new_pod"], "xDS")
    sent = re.findall(r"by-hand: sent (\w+) version 1: greeter", text)
    assert sent == ["Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment"]
    assert "GRPC_XDS_BOOTSTRAP_CONFIG not defined" in text.partition(" says: ")[0]
    assert "failed calls: predicted 0, measured 0\n" in text
    assert "calls to the fifth pod: predicted 0, measured 0\n" in text
    assert re.search(r"new client: predicted Greeting, measured \S+ \S+ Error: UNAVAILABLE: ", text)
    assert re.search(r"^0 calls of the three clients failed since", text, flags=re.MULTILINE)
    found = {one["variant"]: one for one in saved["findings"]}
    shares = found["xds-localities"]["shares"]
    # 1000 draws of 3 : 1, and seven standard deviations; by pods it would be 3 in 8.
    assert abs(sum(share for pod, share in shares.items() if pod.startswith("demo-far")) - 0.75) < 0.1
    (busiest,) = re.findall(r"predicted 71%, the busiest pod had \d+% to (\d+)% in five runs", text)
    assert int(busiest) < 71 / 1.5
    assert "'10')" in text  # the weight that it received


EXPECTED: dict[str, Facts] = {
    "01-scaling": scaling,
    "02-rollout": rollout,
    "03-failure": failure,
    "04-streams": streams,
    "05-envoy-policies": envoy_policies,
    "06-gateway-api": gateway_api,
    "07-xds": xds,
}


def test_every_notebook_has_its_facts() -> None:
    assert sorted(EXPECTED) == [path.stem for path in PRODUCTION]


@pytest.mark.slow
@pytest.mark.skipif(not PRODUCTION, reason="the second course has no notebook yet")
@pytest.mark.parametrize("path", PRODUCTION, ids=[path.stem for path in PRODUCTION])
def test_notebook(path: Path, room: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an attendee runs it: on a cluster that is named, in a namespace that somebody else has made."""
    for name, value in room.items():
        monkeypatch.setenv(name, value)
    (outcome,) = run_course([path], tmp_path)
    assert outcome.failure is None, str(outcome.failure)
    saved = json.loads((tmp_path / "results" / f"{path.stem}.json").read_text())
    EXPECTED[path.stem](saved, printed(outcome.notebook))
    checks = [cell for cell in outcome.notebook.cells if re.search(CHECK, cell.source, re.MULTILINE)]
    assert checks, "this notebook has no exercise that is checked"
    for cell in checks:
        # Before the solution there is no answer yet, or what is to be repaired is still broken.
        expected = "✓ Right." if SOLUTION in tags(cell) else ("… No answer yet.", "✗ Not yet.")
        assert cell.outputs[-1].data["text/plain"].startswith(expected), cell.source
