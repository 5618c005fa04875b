"""Which numbers a command line may have."""

from __future__ import annotations

import argparse

import pytest

from greeter import arguments


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("0.05", 0.05), ("1e3", 1000.0)])
def test_durations(text: str, value: float) -> None:
    assert arguments.seconds(text) == value


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1s", "", "2147484"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        arguments.seconds(text)


def test_a_positive_duration_is_longer_than_zero() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no time at all"):
        arguments.positive_seconds("0")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "many"])
def test_counts_that_are_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        arguments.count(text)


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("0.5", 0.5), ("1", 1.0)])
def test_shares(text: str, value: float) -> None:
    assert arguments.share(text) == value


@pytest.mark.parametrize("text", ["-0.1", "1.1", "half", "nan"])
def test_shares_that_are_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="not a share from 0 to 1"):
        arguments.share(text)
