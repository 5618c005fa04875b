from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers.observe import greetings
from helpers.observe.greetings import COLUMNS, parse_greetings

GREETING = '2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world'
FAILED = "2019/11/08 14:24:36 Error: UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN"


def test_a_plain_log_has_its_own_clock() -> None:
    frame = parse_greetings(f"{GREETING}\n{FAILED}\n", variant="clusterip", client="by-hand")
    assert tuple(frame.columns) == COLUMNS
    assert frame["time"].tolist() == [
        pd.Timestamp("2019-11-08 14:24:35", tz="UTC"),
        pd.Timestamp("2019-11-08 14:24:36", tz="UTC"),
    ]
    assert frame["variant"].tolist() == ["clusterip"] * 2
    assert frame["client"].tolist() == ["by-hand"] * 2
    assert frame["ok"].tolist() == [True, False]
    assert frame["code"].tolist() == ["OK", "UNAVAILABLE"]
    assert frame["message"].tolist() == [
        "Hello world",
        "failed to connect to all addresses; last error: UNKNOWN",
    ]
    assert frame["server"].iloc[0] == "demo-5754bf6f97-dgngm"
    assert frame["server"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2026-11-24T10:00:00.123456789Z", "2026-11-24T10:00:00.123456789Z"),
        ("2026-11-24T10:00:00.1Z", "2026-11-24T10:00:00.100Z"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T12:00:00.5+02:00", "2026-11-24T10:00:00.500Z"),
    ],
)
def test_the_apis_timestamp_wins(stamp: str, moment: str) -> None:
    frame = parse_greetings(f"{stamp} {GREETING}")
    assert frame["time"].iloc[0] == pd.Timestamp(moment)
    assert frame["server"].iloc[0] == "demo-5754bf6f97-dgngm"


@pytest.mark.parametrize("text", ["", "\n", "no greeting at all, but a longer line\n"])
def test_nothing_is_an_empty_table_of_the_same_types(text: str) -> None:
    frame, full = parse_greetings(text), parse_greetings(GREETING)
    assert len(frame) == 0
    pd.testing.assert_series_equal(frame.dtypes.drop("server"), full.dtypes.drop("server"))
    assert isinstance(frame["server"].dtype, pd.CategoricalDtype)
    assert frame.groupby("client", observed=True).tail(30)["server"].isin({"a"}).sum() == 0
    assert (~frame["ok"]).sum() == 0
    assert len(pd.concat([frame, full], ignore_index=True)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        '2019/11/08 14:24:35 Greeting: "demo" sa',
        "2019/11/08 14:24:35 Connecting to dns:///demo",
        "2019/13/08 14:24:35 " + GREETING[20:],
        "2026-13-24T10:00:00Z " + GREETING,
        "x" * 80,
        "2026-11-24T10:00:00.1Z",
        "unable to retrieve container logs for containerd://0123",
    ],
)
def test_other_lines_are_left_out(line: str) -> None:
    frame = parse_greetings(f"{GREETING}\n{line}\n{FAILED}")
    assert frame["code"].tolist() == ["OK", "UNAVAILABLE"]


def test_names_and_words_of_any_script() -> None:
    frame = parse_greetings('2019/11/08 14:24:35 Greeting: "démo-1" says: Hello Wörld ✓\n' + GREETING)
    assert frame["server"].tolist() == ["démo-1", "demo-5754bf6f97-dgngm"]
    assert frame["message"].tolist() == ["Hello Wörld ✓", "Hello world"]


def test_pods_that_served_nothing_are_known() -> None:
    frame = parse_greetings(GREETING, pods=["demo-2", "demo-1"])
    assert frame["server"].cat.categories.tolist() == ["demo-1", "demo-2", "demo-5754bf6f97-dgngm"]


@given(st.lists(st.text(max_size=60)))
@example([" 0\x80\x80\x80\x80\U00010000\U00010000\U00010000"])
def test_reads_any_text_and_keeps_every_greeting(lines: list[str]) -> None:
    lines = [line for line in lines if "\n" not in line and "Greeting" not in line and "Error" not in line]
    text = "\n".join(part for line in lines for part in (line, GREETING))
    assert len(parse_greetings(text.encode("utf-8", "replace").decode())) == len(lines)


def test_a_vectorised_reading_agrees_with_the_regular_expression() -> None:
    rows = 2000
    lines = [
        f'2026-11-24T10:00:{i % 60:02d}.{i}Z 2026/11/24 10:00:00 Greeting: "demo-{i % 7}" says: Hello {i % 3}'
        for i in range(rows)
    ]
    frame = parse_greetings("\n".join(lines))
    slow = pd.Series(lines).str.extract(r'^(\S+) \S+ \S+ Greeting: "([^"]*)" says: (.*)$')
    assert np.array_equal(frame["server"].astype(str), slow[1])
    assert np.array_equal(frame["message"], slow[2])
    assert np.array_equal(
        frame["time"].astype("int64"),
        pd.to_datetime(slow[0], format="ISO8601").dt.as_unit("ns").astype("int64"),
    )


@pytest.mark.parametrize("stamp", ["", "2019-11-08T14:24:35.123456789Z "])
@pytest.mark.parametrize(
    ("said", "greets", "is_cut"),
    [
        ('2019/11/08 14:24:35 Greeting: "demo-1" says: Hello world', True, False),
        ("2019/11/08 14:24:35 Error: UNAVAILABLE: no", True, False),
        ('2019/11/08 14:24:35 Greeting: "demo-1" say', False, True),
        ("2019/11/08 14:24:35 Gree", False, True),
        ("2019/11/08 14:24:35 Error: ", False, True),
        ("2019/11/08 14:2", False, True),
        ("2019/11/08 14:24:35 server stopped", False, False),
        ("says: Hello world", False, False),
        ("", False, False),
    ],
)
def test_pieces_are_told_from_greetings_and_counted(
    stamp: str, said: str, greets: bool, is_cut: bool
) -> None:
    line = stamp + said
    assert (greetings.is_greeting(line), greetings.is_piece(line)) == (greets, is_cut)
    whole = f'{stamp}2019/11/08 14:24:36 Greeting: "demo-1" says: Hello world'
    frame = parse_greetings(f"{line}\n{whole}\n")
    assert len(frame) == 1 + greets
    assert frame.attrs == {"left_out": int(not greets and line != ""), "cut": int(is_cut)}
