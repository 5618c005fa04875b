from __future__ import annotations

import pytest
from matplotlib import pyplot as plt

from helpers.plots import style


@pytest.fixture(autouse=True)
def no_looks_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "_looks", {})


def test_a_pod_keeps_its_look_and_no_two_pods_share_one() -> None:
    looks = [style.look(f"demo-{number}") for number in range(40)]
    assert [style.look(f"demo-{number}") for number in range(40)] == looks
    assert len(set(looks)) == 40


def test_neighbours_differ_in_hatch_and_marker_too() -> None:
    looks = [style.look(f"demo-{number}") for number in range(8)]
    assert len({look.colour for look in looks}) == len({look.hatch for look in looks}) == 8
    assert len({look.marker for look in looks}) == 8


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["demo-1-abc", "demo-1-xyz"], ["abc", "xyz"]),
        (["demo-1-abc", "demo-2-xyz"], ["1-abc", "2-xyz"]),
        (["demo-5754bf6f97-dgngm"], ["dgngm"]),
        (["demo-1-axy", "demo-1-abc"], ["axy", "abc"]),
        (["a", "b"], ["a", "b"]),
        (["demo-old-5754bf6f97-dgngm", "demo-new-6666d6d854-2k7rr"], ["old-dgngm", "new-2k7rr"]),
        (["demo-5754bf6f97-dgngm", "demo-6666d6d854-2k7rr"], ["5754bf6f97-dgngm", "6666d6d854-2k7rr"]),
        ([], []),
        (["demo-9d45f9f96-pd87z", "demo-far-5d95ffc98-667q5"], ["pd87z", "far-667q5"]),
    ],
)
def test_short_names_drop_what_all_share(names: list[str], short: list[str]) -> None:
    assert style.short_names(names) == dict(zip(names, short, strict=True))


def test_a_chart_drawn_by_hand_is_described_by_its_labels() -> None:
    figure, ax = plt.subplots()
    ax.set(title="My chart", xlabel="time")
    assert style.description(figure) == "Chart: My chart, time."
    style.describe(ax, "Mine.")
    assert style.description(figure) == "Mine."


def test_no_chart_is_without_a_description() -> None:
    assert style.description(plt.figure()) == "Chart without labels."
