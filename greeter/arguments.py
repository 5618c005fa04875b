"""Numbers on a command line: what argparse's `type=` calls; a refusal ends the program with exit code 2."""

from __future__ import annotations

import argparse
import math

# gRPC takes durations as 32-bit milliseconds.
LONGEST_SECONDS = 2**31 // 1000


def seconds(text: str) -> float:
    """A duration, zero included."""
    value = _number(text)
    if not 0 <= value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to {LONGEST_SECONDS}")
    return value


def positive_seconds(text: str) -> float:
    """A duration longer than zero."""
    value = seconds(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text} is no time at all; give more than 0 seconds")
    return value


def share(text: str) -> float:
    """A part of a whole, from none to all."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to 1")
    return value


def count(text: str) -> int:
    """A whole number of things, one or more."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
