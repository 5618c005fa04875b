"""The columns of tables and the cells that many kinds share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcluster.api.tables.ages import human
from localcluster.objects import clock
from localcluster.types import Object

Cell = str | int
NONE = "<none>"
UNKNOWN = "<unknown>"
UNSET = "<unset>"
_MOST_LISTED = 3


@dataclass(frozen=True)
class Column:
    """One column: its name, and how it is printed."""

    name: str
    type: str = "string"
    wide: bool = False
    """Whether it is only printed with `-o wide`."""

    def definition(self) -> Object:
        """The column as a `Table` describes it."""
        return {
            "name": self.name,
            "type": self.type,
            "format": "name" if self.name == "Name" and not self.wide else "",
            "description": "",
            "priority": int(self.wide),
        }


@dataclass(frozen=True)
class Sheet:
    """How the objects of a kind are laid out."""

    columns: tuple[Column, ...]
    cells: Callable[[Object], list[Cell]]
    conditions: Callable[[Object], list[Object]] | None = None


def columns(*names: str, wide: tuple[str, ...] = (), integers: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """Columns by their names: those that are always printed, and those that only `-o wide` prints."""
    kinds = dict.fromkeys(integers, "integer")
    always = [Column(name, kinds.get(name, "string")) for name in names]
    return (*always, *(Column(name, kinds.get(name, "string"), wide=True) for name in wide))


def age(obj: Object) -> str:
    """The age of an object."""
    return since(obj["metadata"].get("creationTimestamp"))


def since(moment: str | None) -> str:
    """How long ago a moment was."""
    if not moment:
        return UNKNOWN
    return human((datetime.now(UTC) - clock.parse(moment)).total_seconds())


def pairs(labels: Mapping[str, str] | None) -> str:
    """A map of labels in one line."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def first_few(items: Iterable[str], more: str = " + {} more...") -> str:
    """The first three items, and how many there are beside them."""
    found = list(items)
    rest = len(found) - _MOST_LISTED
    return ",".join(found[:_MOST_LISTED]) + (more.format(rest) if rest > 0 else "")
