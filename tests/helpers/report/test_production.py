"""The overview's tables of the second course."""

from __future__ import annotations

from helpers.lesson.findings import MEASURES
from helpers.observe.events import Saved, from_saved
from helpers.report.findings import Measure, Results
from helpers.report.production import Cell, Group, groups

KEPT: dict[str, Saved] = {"failures_in_rollout": {"Envoy, sleep": [[0, 3], [1, 0], [None, 0]]}}
BEFORE = {name: from_saved(KEPT.get(name, {})) for name in MEASURES}


def measure(
    label: str, *events: tuple[float | None, ...], name: str = "failures_in_rollout", notebook: str = "02"
) -> Measure:
    return Measure(notebook, name, label, events)


def group(*measures: Measure) -> Group:
    (only,) = groups(Results(measures=measures), BEFORE)
    return only


def rows(table: Group) -> dict[str, list[str]]:
    return {line.label: [cell.now for cell in line.cells] for line in table.lines}


def test_pairs_become_a_row_for_each_way_and_a_column_for_each_ending() -> None:
    table = group(
        measure("nginx, 12 channels, stop(0)", (6, 7, 9)),
        measure("nginx, 12 channels, sleep", (4, 4, 4)),
        measure("Envoy, sleep", (0, 0, 1)),
    )
    assert table.columns == ("stop(0)", "sleep")
    assert rows(table) == {"nginx, 12 channels": ["6 to 9", "4"], "Envoy": ["", "0 to 1"]}
    # Earlier events count by the client for whom they were worst, and a lost one is said.
    assert table.lines[1].cells == (Cell(), Cell("0 to 1", "1 to 3, not seen in 1 of 3 (3 events)"))


def test_commas_of_other_labels_divide_nothing() -> None:
    seconds = "seconds_to_new_pod"
    table = group(
        measure("dns, max age 2 s", (3.04, 2, 4.5), name=seconds, notebook="01"),
        measure("dns", (None, None), name=seconds, notebook="01"),
        measure("xDS", (0.1, 0.3, None), name=seconds, notebook="07"),
    )
    assert not table.paired
    assert rows(table) == {"dns, max age 2 s": ["2.0 to 4.5"], "dns": ["not seen"], "xDS": ["0.1 to 0.3"]}
    assert [line.href for line in table.lines] == ["01.html", "01.html", "07.html"]
    assert table.links == [("01", "01.html"), ("07", "07.html")]


def test_what_was_not_measured_has_no_table() -> None:
    assert groups(Results(), BEFORE) == []
