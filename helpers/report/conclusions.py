"""What the second course found, in six sentences: each a function of the events that were measured.

A sentence gives ranges over events and their number, and says that something was lower only where each event
of it was. The overview computes them from the repeats that ``make measure`` kept; beside each stands what the
run of this report saw, which is one draw and ranks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from helpers.observe.events import BETWEEN, Range, TooFewEventsError, by_event, lower, over_events, pair
from helpers.report.findings import Results
from helpers.report.production import KINDS, in_words, page_of, written

DEFAULTS, AGE_FLOOR, AGE_ONLY = (
    "round_robin",
    "round_robin, max age 2 s, DNS interval 1 s",
    "round_robin, max age 2 s, DNS interval 30 s",
)
SLICES, XDS = "EndpointSlice watcher", "xDS"
RETRY = " + retry"
TUNED = "round_robin (DNS 1 s)"
ENVOY_DEFAULT = "Envoy (DNS 5 s, its default)"
EDGE, SIDECAR = "Envoy at the edge", "Envoy as sidecar"
SECONDS, FAILURES, MILLISECONDS = "seconds_to_new_pod", "failures_in_rollout", "latency_added_ms"
# The remedies against a pod that hangs, by how a sentence calls them.
HANG = {
    name: f"{TUNED}{more}{BETWEEN}hang"
    for name, more in {
        "no remedy": "",
        "a retry": RETRY,
        "health checking": " + health",
        "outlier detection": " + outlier",
    }.items()
}


@dataclass(frozen=True)
class Conclusion:
    """One finding of the overview.

    Attributes:
        case: What happened, in a few words.
        sentence: What came of it over all events.
        conditions: What differs from defaults, and who called.
        run: What the run of this report saw; empty where it did not measure it.
        notebook: Where it is measured.
    """

    case: str
    sentence: str
    conditions: str
    run: str
    notebook: str

    @property
    def href(self) -> str:
        """The notebook's page."""
        return page_of(self.notebook)


@dataclass(frozen=True)
class Case:
    """How a finding is made: the measure, its sentence, and the settings that the sentence speaks of."""

    measure: str
    notebook: str
    conditions: str
    say: Callable[[pd.DataFrame], str]
    settings: Sequence[str]


def conclusions(results: Results, before: Mapping[str, pd.DataFrame]) -> list[Conclusion]:
    """Return the findings that the events which were measured before support.

    Args:
        results: The run of this report.
        before: Earlier events of each measure.
    """
    made = []
    for name, case in CASES.items():
        if sentence := case.say(before[case.measure]):
            run = _run(case, results.observed(case.measure))
            made.append(Conclusion(name, sentence, case.conditions, run, case.notebook))
    return made


def _run(case: Case, observed: pd.DataFrame) -> str:
    kind = KINDS[case.measure]
    found = over_events(observed)
    return "; ".join(f"{name}: {in_words(kind, found[name])}" for name in case.settings if name in found)


# --- sentences ----------------------------------------------------------------------------------------------


def new_pod(observed: pd.DataFrame) -> str:
    """Say when clients that ask DNS used a new pod."""
    found = over_events(observed)
    if not {DEFAULTS, AGE_FLOOR, AGE_ONLY} <= found.keys():
        return ""
    default = found[DEFAULTS]
    return (
        f"Without a maximum connection age, connected clients used a new pod in {default.seen} of "
        f"{default.events} scale-ups while they were watched. With an age of 2 s, the last of three clients "
        f"used it after {_seconds(found[AGE_FLOOR])} if the client may ask DNS every second, and after "
        f"{_seconds(found[AGE_ONLY])} with gRPC's own limit of 30 s, where theory allows 0 to 30 s and the "
        "time to connect."
    )


def watchers(observed: pd.DataFrame) -> str:
    """Say when clients that are told of changes used a new pod."""
    found = over_events(observed)
    if not {SLICES, XDS} <= found.keys():
        return ""
    return (
        f"A client that watches EndpointSlices used a new pod after {_seconds(found[SLICES])}, an xDS client "
        f"after {_seconds(found[XDS])}: {_compared(observed, SLICES, XDS)}."
    )


def endings(observed: pd.DataFrame) -> str:
    """Say what a rollout cost clients without a retry, by the way in which pods end."""
    plain = observed[~observed["setting"].str.contains(RETRY, regex=False)]
    slow = plain["setting"].str.startswith(f"{ENVOY_DEFAULT}{BETWEEN}")
    if plain[~slow].empty:
        return ""
    said = (
        f"The client that lost most in a rollout, without a retry policy: {_by_ending(plain[~slow])} failed "
        f"calls ({_rollouts(plain)} rollouts with each ending)."
    )
    if not slow.any():
        return said
    return f"{said} Behind an Envoy that asks DNS every 5 s, its default: {_by_ending(plain[slow])}."


def _by_ending(observed: pd.DataFrame) -> str:
    ways: dict[str, list[str]] = {}
    for setting in dict.fromkeys(observed["setting"]):
        ways.setdefault(pair(setting)[1], []).append(setting)
    return _list([f"{ending} {_failures(observed, settings)}" for ending, settings in ways.items()])


def retries(observed: pd.DataFrame) -> str:
    """Say in how many rollouts clients lost calls in spite of a retry, of the ways that had both."""
    found = by_event(observed)
    with_retry = {name for name in found["setting"] if RETRY in name}
    without = {name.replace(RETRY, "") for name in with_retry}
    parts = {True: found[found["setting"].isin(with_retry)], False: found[found["setting"].isin(without)]}
    if parts[True].empty or parts[False].empty:
        return ""
    lost = {retry: int((part["value"] > 0).sum()) for retry, part in parts.items()}
    most = {retry: f"{part['value'].max():.0f}" for retry, part in parts.items()}
    return (
        f"With a retry policy, a client lost calls in {lost[True]} of {len(parts[True])} cases (a way to "
        f"reach the pods in one rollout); without one, in {lost[False]} of {len(parts[False])}. The "
        f"most that a client lost in a rollout was {most[True]} with and {most[False]} without."
    )


def faults(observed: pd.DataFrame) -> str:
    """Say how long clients failed while a pod hung, by their remedy."""
    found = over_events(observed)
    if not set(HANG.values()) <= found.keys():
        return ""
    times = [f"{_seconds(found[setting])} with {name}" for name, setting in HANG.items()]
    compared = _compared(
        observed, HANG["outlier detection"], HANG["no remedy"], {way: name for name, way in HANG.items()}
    )
    return (
        f"One of three pods hung for 4 s. The last failure of the worst client came after {_list(times)}. "
        f"Outlier detection against no remedy: {compared}."
    )


def hops(observed: pd.DataFrame) -> str:
    """Say what a proxy added to a call, and whether an Envoy's place made a difference."""
    found = over_events(observed)
    if not {EDGE, SIDECAR} <= found.keys():
        return ""
    added = [f"{name} {in_words(KINDS[MILLISECONDS], each)} ms" for name, each in found.items()]
    return (
        f"Added to the median of a call: {_list(added)}. "
        f"Edge against sidecar: {_compared(observed, EDGE, SIDECAR)}."
    )


def _seconds(found: Range) -> str:
    words = in_words(KINDS[SECONDS], found)
    return f"{words} s" if not found.unseen else words


def _failures(observed: pd.DataFrame, settings: Collection[str]) -> str:
    values = by_event(observed[observed["setting"].isin(settings)])["value"]
    return written(KINDS[FAILURES], values.min(), values.max())


def _rollouts(observed: pd.DataFrame) -> str:
    counts = [found.events for found in over_events(observed).values()]
    return written(KINDS[FAILURES], min(counts), max(counts))


def _compared(
    observed: pd.DataFrame, one: str, other: str, called: Mapping[str, str] = MappingProxyType({})
) -> str:
    found = over_events(observed)
    least = min(found[one].events, found[other].events)
    try:
        first = lower(observed, one, other)
    except TooFewEventsError:
        return f"not compared, as {least} events are too few"
    if not first:
        return f"no difference seen in {least} events"
    return f"{called.get(first, first)} was lower in each of {least} events"


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


ROLLOUT = (
    "Three pods are replaced, calls take 0.3 s, each client starts ten a second, and three clients of each "
    "way watch. round_robin clients may ask DNS every second (default 30 s), Envoy asks every second "
    "(default 5 s), and clients connect again after at most 1 s (default 120 s)."
)
CASES = {
    "Pods are added, clients ask DNS": Case(
        "seconds_to_new_pod",
        "01-scaling",
        "Two pods become four; three clients of each kind watch. Where there is an age, the scale-up comes "
        "at a random moment. Production uses an age of minutes.",
        new_pod,
        (DEFAULTS, AGE_FLOOR, AGE_ONLY),
    ),
    "Pods are added, clients are told": Case(
        "seconds_to_new_pod",
        "07-xds",
        "Two pods become four; three clients of each kind watch. The pods are probed once a second.",
        watchers,
        (SLICES, XDS),
    ),
    "A rollout: how pods end": Case(
        "failures_in_rollout",
        "02-rollout",
        f"stop(0) cuts calls at SIGTERM, grace gives them up to 5 s, sleep is a preStop of 3 s. {ROLLOUT}",
        endings,
        (),
    ),
    "A rollout: how clients call": Case(
        "failures_in_rollout",
        "02-rollout",
        f"{ROLLOUT} The policy makes up to 4 attempts for UNAVAILABLE and CANCELLED.",
        retries,
        (),
    ),
    "A pod hangs": Case(
        "seconds_to_recover",
        "03-failure",
        "Calls have a deadline of 0.5 s; clients may ask DNS every second (default 30 s). Outlier detection "
        "decides every second (default 10 s), from one call for each address (default 50).",
        faults,
        tuple(HANG.values()),
    ),
    "A proxy in the path": Case(
        "latency_added_ms",
        "05-envoy-policies",
        "In each event one client of each way calls 50 times a second, at the same time as a client that "
        "dials the pods itself. All on one machine. Ways of different notebooks are not compared.",
        hops,
        (EDGE, SIDECAR, "Gateway, plaintext", "Gateway, TLS"),
    ),
}
