"""Rules of Events."""

import pytest

from localcluster.objects.validation import events
from localcluster.types import Object
from tests.localcluster.objects.validation import rules

NEW: Object = {
    "metadata": {"name": "a", "namespace": "lab"},
    "involvedObject": {"namespace": "lab"},
    "eventTime": "2026-11-24T10:00:00.000000Z",
    "reportingComponent": "example.com/lab",
    "reportingInstance": "lab-0",
    "action": "Starting",
    "reason": "Started",
    "type": "Normal",
}


@pytest.mark.parametrize(
    ("home", "about", "good"),
    [("lab", "lab", True), ("default", "", True), ("lab", "other", False), ("lab", "", False)],
)
def test_an_event_lives_where_its_object_lives(home: str, about: str, good: bool) -> None:
    event: Object = {
        "kind": "Event",
        "metadata": {"name": "a", "namespace": home},
        "involvedObject": {"namespace": about},
    }
    assert (rules.errors(event) == []) is good


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"reportingComponent": "a b"}, ["reportingController"]),
        ({"reason": "x" * 129}, ["reason"]),
        ({"message": "x" * 1025}, ["message"]),
        ({"type": "Odd", "count": 1, "source": {"host": "a"}}, ["type", "count", "source"]),
        ({"series": {"count": 1}}, ["series.count", "series.lastObservedTime"]),
        ({"eventTime": None}, ["eventTime"]),
    ],
)
def test_the_newer_form_needs_more(change: Object, fields: list[str]) -> None:
    assert [error.field for error in events.of_new_form({**NEW, **change})] == fields


def test_the_older_form_needs_as_much_once_it_has_the_newer_time() -> None:
    event = {**NEW, "kind": "Event", "reportingComponent": ""}
    assert "reportingComponent" in rules.fields(event)


def test_in_the_newer_form_only_the_series_goes_on() -> None:
    series = {"count": 2, "lastObservedTime": "2026-11-24T10:00:00.000000Z"}
    assert list(events.of_new_form_change(NEW, {**NEW, "series": series})) == []
    changed = {**NEW, "reason": "Other", "reportingInstance": "lab-1"}
    assert [error.field for error in events.of_new_form_change(NEW, changed)] == [
        "reason",
        "reportingInstance",
    ]
