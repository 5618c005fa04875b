"""Events, their observers, and ranges over events.

An event is one thing that happened to the pods: a scale-up, a rollout, a fault, a round of new clients.
Clients that watch the same event are its observers. They share its chance (where in a client's 30 seconds a
scale-up falls, what else the machine did), so three observers are no three repeats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.lab.errors import LabError

COLUMNS = ["setting", "event", "observer", "value"]
# Of a setting that is a way in a circumstance, what stands between the two.
BETWEEN = ", "
# Fewer events than these are shown and not ranked.
LEAST = 5

Saved = Mapping[str, Sequence[Sequence[float | None]]]


@dataclass(frozen=True)
class Range:
    """A setting's numbers over its events; each is that of the observer for whom the event was worst.

    Attributes:
        events: How many.
        unseen: In how many of them an observer did not see it happen.
        low: The least number of the others, not a number where there is none; so are the next two.
        median: Their median.
        high: The greatest.
    """

    events: int
    unseen: int
    low: float
    median: float
    high: float

    @property
    def seen(self) -> int:
        """How many events have a number."""
        return self.events - self.unseen


class TooFewEventsError(LabError):
    """A comparison was asked for that so few events do not carry."""


def events(table: pd.DataFrame, *, setting: str, value: str, observer: str = "client") -> pd.DataFrame:
    """Make a frame of measurements (used in production/01-scaling, section 1.4).

    Args:
        table: A row for each observer of each event. Its column ``event`` numbers the events; without one,
            all rows are of one event.
        setting: The column that says what was measured, such as a way to reach the pods.
        value: The column with the number; missing where the observer did not see it happen.
        observer: The column that names the observer.

    Returns:
        The columns ``setting``, ``observer`` (str), ``event`` (int64) and ``value`` (float64), in the order
        of the table.
    """
    made = pd.DataFrame({"setting": table[setting].astype("str")})
    made["event"] = table["event"].astype("int64") if "event" in table else 1
    made["observer"] = table[observer].astype("str")
    made["value"] = table[value].astype("float64")
    return made.reset_index(drop=True)


def pair(setting: str) -> tuple[str, str]:
    """Return the way and the circumstance of a setting such as ``nginx, 12 channels, stop(0)``."""
    way, _, circumstance = setting.rpartition(BETWEEN)
    return way, circumstance


def by_event(observed: pd.DataFrame) -> pd.DataFrame:
    """Return one number for each event: that of the observer for whom it was worst.

    Args:
        observed: What ``events`` returns.

    Returns:
        A row per setting and event, in the order in which they occur: ``setting``, ``event`` and ``value``:
        the greatest of its observers, missing where one of them did not see it happen.
    """
    parts = observed.groupby(["setting", "event"], sort=False)["value"]
    return parts.agg(lambda values: values.max(skipna=False)).astype("float64").reset_index()


def over_events(observed: pd.DataFrame) -> dict[str, Range]:
    """Return the range over events of each setting, in the order in which they occur.

    Args:
        observed: What ``events`` returns.
    """
    return {
        str(name): Range(len(values), int(values.isna().sum()), values.min(), values.median(), values.max())
        for name, values in by_event(observed).groupby("setting", sort=False)["value"]
    }


def lower(observed: pd.DataFrame, one: str, other: str) -> str:
    """Return which of two settings was lower: each of its events below each of the other's.

    Args:
        observed: What ``events`` returns.
        one: A setting.
        other: Another.

    Returns:
        Its name, or nothing where their ranges meet: no difference was seen.

    Raises:
        TooFewEventsError: There are fewer than five events of one of them.
    """
    found = by_event(observed)
    values = {name: found.loc[found["setting"] == name, "value"].fillna(math.inf) for name in (one, other)}
    for name, part in values.items():
        if len(part) < LEAST:
            raise TooFewEventsError(
                f"{len(part)} events of {name!r} rank nothing; at least {LEAST} are needed, which make "
                "measure repeats."
            )
    if values[one].max() < values[other].min():
        return one
    return other if values[other].max() < values[one].min() else ""


def to_saved(observed: pd.DataFrame) -> dict[str, list[list[float | None]]]:
    """Return a frame of measurements for JSON: a list of events for each setting, each a list of numbers."""
    saved: dict[str, list[list[float | None]]] = {}
    for (setting, _), part in observed.groupby(["setting", "event"], sort=False):
        values = [None if math.isnan(value) else round(float(value), 4) for value in part["value"]]
        saved.setdefault(str(setting), []).append(values)
    return saved


def from_saved(saved: Saved) -> pd.DataFrame:
    """Return the frame of measurements that was saved; events and observers are numbered from 1."""
    rows = [
        (setting, event, str(observer), math.nan if value is None else value)
        for setting, each in saved.items()
        for event, values in enumerate(each, start=1)
        for observer, value in enumerate(values, start=1)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"setting": "str", "event": "int64", "observer": "str", "value": "float64"})
