from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.observe.greetings import parse_greetings
from helpers.observe.stats import effective_pods, jain, shares, summary

PODS = ["demo-a", "demo-b", "demo-c"]


def greetings(served: str, variant: str = "v", client: str = "c", failed: int = 0) -> pd.DataFrame:
    """One greeting per letter, by that pod."""
    lines = [f'2026/11/24 10:00:00 Greeting: "demo-{letter}" says: Hello world' for letter in served]
    lines += ["2026/11/24 10:00:00 Error: UNAVAILABLE: no"] * failed
    return parse_greetings("\n".join(lines), variant, client, pods=PODS)


def test_shares_know_pods_that_answered_nothing() -> None:
    assert shares(greetings("aab", failed=3)).to_dict() == pytest.approx(
        {"demo-a": 2 / 3, "demo-b": 1 / 3, "demo-c": 0}
    )


def test_shares_of_nothing_are_empty() -> None:
    assert shares(greetings("", failed=2)).empty
    assert shares(parse_greetings("")).empty


def test_shares_survive_a_column_that_is_no_category_any_more() -> None:
    mixed = pd.concat([greetings("a"), parse_greetings('2026/11/24 10:00:00 Greeting: "x" says: hi')])
    assert shares(mixed).to_dict() == {"demo-a": 0.5, "x": 0.5}


@pytest.mark.parametrize(("served", "pods", "index"), [("aaa", 1, 1 / 3), ("abc", 3, 1), ("ab", 2, 2 / 3)])
def test_the_measures_of_known_spreads(served: str, pods: float, index: float) -> None:
    assert effective_pods(greetings(served)) == pytest.approx(pods)
    assert jain(greetings(served)) == pytest.approx(index)


def test_the_measures_of_plain_amounts() -> None:
    assert effective_pods(pd.Series([0.5, 0.5, 0.0])) == pytest.approx(2)
    assert jain(pd.Series([0.7, 0.2, 0.1])) == pytest.approx(1 / (3 * 0.54))
    assert effective_pods(pd.Series([10, 10, 10, 10])) == pytest.approx(4)


def test_nothing_answered_is_not_a_number() -> None:
    assert math.isnan(effective_pods(greetings("", failed=4)))
    assert math.isnan(jain(parse_greetings("")))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_bounds_hold_for_any_amounts(counts: list[int]) -> None:
    amounts = pd.Series(counts, dtype=float)
    used = sum(count > 0 for count in counts)
    assert 1 - 1e-9 <= effective_pods(amounts) <= used + 1e-9
    assert 1 / len(counts) - 1e-9 <= jain(amounts) <= 1 + 1e-9


def test_a_summary_has_one_row_per_variant_in_their_order() -> None:
    both = pd.concat(
        [greetings("aaaa", "z", "c1"), greetings("bb", "z", "c2"), greetings("ab", "a", failed=2)],
        ignore_index=True,
    )
    table = summary(both)
    assert table.index.tolist() == ["z", "a"]
    assert list(table.loc["z", ["greetings", "failed", "clients", "pods"]]) == [6, 0, 2, 2]
    assert list(table.loc["a", ["greetings", "failed", "codes"]]) == [4, 2, "UNAVAILABLE x 2"]
    assert table.loc["a", "jain"] == pytest.approx(2 / 3)


def test_jain_of_a_summary_counts_the_pods_of_the_whole_table() -> None:
    known = [
        greetings(served, served).assign(server=lambda f: f["server"].astype(object))
        for served in ("aa", "abc")
    ]
    table = summary(pd.concat(known, ignore_index=True))
    assert table["jain"].tolist() == pytest.approx([1 / 3, 1])


def test_a_summary_of_nothing_has_the_same_columns() -> None:
    assert list(summary(parse_greetings("")).columns) == list(summary(greetings("a")).columns)
