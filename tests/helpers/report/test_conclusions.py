"""The sentences of the overview's findings: on clean events, on noisy ones, and where a client failed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from helpers.observe.events import Saved, from_saved
from helpers.report import conclusions as module
from helpers.report.conclusions import (
    AGE_FLOOR,
    AGE_ONLY,
    CASES,
    DEFAULTS,
    EDGE,
    ENVOY_DEFAULT,
    HANG,
    SIDECAR,
    SLICES,
    XDS,
    conclusions,
)
from helpers.report.findings import Measure, Results

Say = Callable[[pd.DataFrame], str]


def five(*observers: float | None) -> list[list[float | None]]:
    return [[*observers] for _ in range(5)]


def hangs(bare: list[list[float | None]], counting: list[list[float | None]]) -> Saved:
    rest = {HANG[name]: five(4.0) for name in ("a retry", "health checking")}
    return {HANG["no remedy"]: bare, HANG["outlier detection"]: counting, **rest}


@pytest.mark.parametrize(
    ("say", "saved", "words"),
    [
        (
            module.new_pod,
            {DEFAULTS: five(None, None), AGE_FLOOR: five(1.0, 2.0), AGE_ONLY: [[3], [29], [8], [20], [11]]},
            "a new pod in 0 of 5 scale-ups while they were watched. With an age of 2 s, the last of "
            "three clients "
            "used it after 2.0 s if the client may ask DNS every second, and after 3.0 to 29.0 s with",
        ),
        (
            module.new_pod,
            {DEFAULTS: [[None, 3.0], [4.0, 5.0]], AGE_FLOOR: [[1.0, 9.0]], AGE_ONLY: five(30.4)},
            "in 1 of 2 scale-ups while they were watched. With an age of 2 s, the last of three "
            "clients used it "
            "after 9.0 s if",
        ),
        (
            module.new_pod,
            {DEFAULTS: five(None), AGE_FLOOR: [[1.0, None], [1.5, 2.5]], AGE_ONLY: five(None)},
            "used it after 2.5, not seen in 1 of 2 if the client may ask DNS every second, and after "
            "not seen in "
            "5 of 5 with",
        ),
        (module.watchers, {SLICES: five(0.2, 0.3), XDS: five(1.0)}, "after 0.3 s, an xDS client after 1.0 s: "
         "EndpointSlice watcher was lower in each of 5 events."),
        (module.watchers, {SLICES: [*five(0.2), [1.4]], XDS: five(1.0)}, "no difference seen in 5 events."),
        (module.watchers, {SLICES: [*five(0.2), [None]], XDS: five(1.0)}, "no difference seen in 5 events."),
        (module.watchers, {SLICES: five(0.2)[:4], XDS: five(1.0)}, "not compared, as 4 events are too few."),
        (
            module.endings,
            {
                "ClusterIP, stop(0)": five(3, 4), "nginx, stop(0)": five(2), "ClusterIP, grace": five(0),
                "ClusterIP + retry, stop(0)": five(99), f"{ENVOY_DEFAULT}, grace": five(7, 1),
            },
            "policy: stop(0) 2 to 4 and grace 0 failed calls (5 rollouts with each ending). Behind "
            "an Envoy that asks DNS every 5 s, its default: grace 7.",
        ),
        (module.endings, {"ClusterIP, grace": [[0, 0], [0, 1], [0, 0]]}, "grace 0 to 1 failed calls (3"),
        (module.endings, {"ClusterIP, grace": [[600, 0]]}, "grace 600 failed calls (1 rollouts with each"),
        (
            module.retries,
            {"a, x": five(3), "a + retry, x": [[0], [0], [0]], "without a counterpart, x": five(9)},
            "a client lost calls in 0 of 3 cases (a way to reach the pods in one rollout); without "
            "one, in 5 of 5. The most that a client lost in a rollout was 0 with and 3 without.",
        ),
        (module.retries, {"a, x": five(0), "a + retry, x": [[0, 1], [0, 0]]}, "in 1 of 2 cases"),
        (module.retries, {"a, x": five(300), "a + retry, x": five(300)}, "was 300 with and 300 without."),
        (
            module.faults,
            hangs(five(3.9, 4.1), five(1.5, 2.0)),
            "after 4.1 s with no remedy, 4.0 s with a retry, 4.0 s with health checking and 2.0 s "
            "with outlier detection. Outlier detection against no remedy: outlier detection was lower in "
            "each of 5 events.",
        ),
        (module.faults, hangs(five(4.0), [*five(2.0), [4.0]]), "no remedy: no difference seen in 5 events."),
        (module.faults, hangs(five(4.0)[:2], five(2.0)), "no remedy: not compared, as 2 events are too few."),
        (
            module.hops,
            {EDGE: five(1.2), SIDECAR: five(0.6), "Gateway, TLS": five(0.5)},
            "call: Envoy at the edge 1.20 ms, Envoy as sidecar 0.60 ms and Gateway, TLS 0.50 ms. "
            "Edge against "
            "sidecar: Envoy as sidecar was lower in each of 5 events.",
        ),
        (module.hops, {EDGE: [*five(1.2), [0.5]], SIDECAR: five(0.6)}, "no difference seen in 5 events."),
        (module.hops, {EDGE: five(None), SIDECAR: five(None)}, "Envoy at the edge not seen in 5 of 5 ms"),
    ],
)  # fmt: skip
def test_a_sentence_follows_from_its_events(say: Say, saved: Saved, words: str) -> None:
    assert words in say(from_saved(saved))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_without_events_there_is_no_sentence(case: module.Case) -> None:
    assert case.say(from_saved({})) == ""


def test_what_this_run_saw_stands_beside_the_events_before() -> None:
    before = {case.measure: from_saved({}) for case in CASES.values()}
    before |= {"latency_added_ms": from_saved({EDGE: five(1.0), SIDECAR: five(2.0)})}
    run = Measure("05-envoy-policies", "latency_added_ms", EDGE, ((1.5,), (0.25,)))
    (found,) = conclusions(Results(measures=(run,)), before)
    assert (found.case, found.run, found.href) == (
        "A proxy in the path",
        f"{EDGE}: 0.25 to 1.50",
        "05-envoy-policies.html",
    )
