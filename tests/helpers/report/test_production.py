"""The overview's tables of the second course."""

from __future__ import annotations

from helpers.report.findings import Measure, Results
from helpers.report.production import NEVER, Cell, Group, groups


def measure(label: str, *values: float, name: str = "failures_in_rollout", notebook: str = "02") -> Measure:
    """A measure of these repeats, the median in the middle."""
    if not values:
        return Measure(notebook, name, label, None, None, None, 0)
    low, median, high = min(values), sorted(values)[len(values) // 2], max(values)
    return Measure(notebook, name, label, median, low, high, len(values))


def group(*measures: Measure) -> Group:
    (only,) = groups(Results(measures=measures))
    return only


def rows(table: Group) -> dict[str, list[tuple[str, str]]]:
    return {line.label: [(cell.median, cell.between) for cell in line.cells] for line in table.lines}


def test_pairs_become_a_row_for_each_way_and_a_column_for_each_ending() -> None:
    table = group(
        measure("nginx, 12 channels, stop(0)", 6, 7, 9),
        measure("nginx, 12 channels, sleep", 4, 4, 4),
        measure("Envoy, sleep", 0, 0, 1),
        measure("Envoy, stop(0)", 0, 0, 0),
    )
    assert table.columns == ("stop(0)", "sleep")
    assert rows(table) == {
        "nginx, 12 channels": [("7", "6 to 9"), ("4", "")],
        "Envoy": [("0", ""), ("0", "0 to 1")],
    }
    # A median of zero is no cell without a loss.
    assert table.unharmed == ("1 of 2", "0 of 2")
    assert [[cell.zero for cell in line.cells] for line in table.lines] == [[False, False], [True, False]]


def test_a_pair_that_was_not_measured_leaves_its_cell_empty_and_is_not_counted() -> None:
    table = group(measure("a, x", 0, 0), measure("a, y", 1, 1), measure("b, y", 0, 0))
    assert table.lines[1].cells == (Cell(), Cell("0", "", zero=True))
    assert table.unharmed == ("1 of 1", "1 of 2")


def test_commas_of_other_labels_divide_nothing() -> None:
    seconds = "seconds_to_new_pod"
    table = group(
        measure("dns, max age 2 s", 3.04, 2, 4.5, name=seconds, notebook="01"),
        measure("dns", name=seconds, notebook="01"),
        measure("xDS", 0.1, 0.3, name=seconds, notebook="07"),
    )
    assert not table.paired
    # From the least to the greatest; what happened less often than the others says so.
    assert rows(table) == {
        "xDS": [("0.3", "0.1 to 0.3, 2 of 3 repeats")],
        "dns, max age 2 s": [("3.0", "2.0 to 4.5")],
        "dns": [(NEVER, "")],
    }
    assert [line.href for line in table.lines] == ["07.html", "01.html", "01.html"]
    assert table.links == [("01", "01.html"), ("07", "07.html")]
    assert table.unharmed == ()


def test_how_often_is_said_only_of_what_happened() -> None:
    often = [group(measure("a, x", *[1.0] * count)).repeats for count in (0, 1, 3)]
    assert often == ["", "once each", "3 times each"]


def test_half_a_failure_is_not_rounded() -> None:
    half = Measure("02", "failures_in_rollout", "a, x", 0.5, 0.0, 1.0, 2)
    assert rows(group(half)) == {"a": [("0.5", "0 to 1")]}


def test_what_was_not_measured_has_no_table() -> None:
    assert groups(Results()) == []
