"""Objects seen through their schema: which fields they have, how two of them differ, how one joins another.

The semantics of `sigs.k8s.io/structured-merge-diff` (typed): structs and maps are granular, keyed lists
and sets are merged item by item, everything else is one value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from localcluster.objects import lists, schema
from localcluster.objects.fieldsets import FieldSet, Path, field_element, key_element, value_element
from localcluster.objects.lists import ListRule
from localcluster.objects.schema import Type
from localcluster.types import Object

# Structs that are plain Go values, so the zero object has them already; others are pointers.
_VALUE_STRUCTS = frozenset({"metadata", "spec", "status", "strategy", "template"})


@dataclass(frozen=True)
class Place:
    """A place in a schema and how values merge there.

    Attributes:
        kind: The type of the value; None where there is no schema.
        rule: How a list merges.
        atomic: The value is one whole.
        named: Listed for itself when it appears, not only for what is in it.
    """

    kind: Type | None
    rule: ListRule | None = None
    atomic: bool = False
    named: bool = False


@dataclass
class Changes:
    """The fields in which two objects differ."""

    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)


@dataclass(frozen=True)
class Child:
    """A part of a value, and whether the schema knows it by name."""

    value: Any
    place: Place
    declared: bool


def root(model: str) -> Place:
    """The place of a whole object."""
    return Place(schema.root(model))


@cache
def _place(model: str, name: str) -> Place:
    spec = schema.fields(model).get(name)
    if spec is None:
        return Place(None, atomic=True)
    kind, rule = spec.type, lists.rule(model, name)
    atomic = _whole(kind) or lists.atomic_map(model, name)
    if kind.shape == "list":
        atomic = rule is None or rule.atomic
    is_there = kind.shape == "struct" and name in _VALUE_STRUCTS and not schema.is_custom(kind.model)
    named = not spec.required and not is_there
    return Place(kind, rule, atomic, named)


def _whole(kind: Type) -> bool:
    if kind.shape == "struct":
        return lists.atomic_struct(kind.model)
    return kind.shape not in ("list", "map")


@cache
def _item_place(kind: Type) -> Place:
    return Place(kind, atomic=_whole(kind), named=True)


def children(value: Any, place: Place) -> dict[str, Child] | None:
    """The parts of a granular value by their path elements; None for a leaf."""
    kind = place.kind
    if place.atomic or kind is None:
        return None
    if isinstance(value, dict) and kind.shape == "struct":
        known = kind.fields
        return {
            field_element(key): Child(item, _place(kind.model, key), key in known)
            for key, item in value.items()
        }
    if isinstance(value, dict) and kind.shape == "map":
        below = _item_place(kind.element)
        return {field_element(key): Child(item, below, False) for key, item in value.items()}
    if isinstance(value, list) and place.rule:
        below = _item_place(kind.element)
        return {item_element(place.rule, item): Child(item, below, False) for item in value}
    return None


def item_element(rule: ListRule, item: Any) -> str:
    """The path element of an item of a keyed list or a set."""
    return key_element(lists.key_of(rule, item)) if rule.keys else value_element(item)


def fields_of(value: Any, place: Place) -> FieldSet:
    """The fields an applied object claims (`ToFieldSet`)."""
    return frozenset(_fields(value, place, ()))


def _fields(value: Any, place: Place, path: Path) -> Iterator[Path]:
    parts = children(value, place)
    if parts is None:
        yield path
        return
    for element, part in parts.items():
        here = (*path, element)
        yield from _fields(part.value, part.place, here)
        if not part.declared or part.value is None or part.value == {}:
            yield here


def compare(old: Any, new: Any, place: Place) -> Changes:
    """How `new` differs from `old` (`Compare`)."""
    changes = Changes()
    _compare(old, new, place, (), changes)
    return changes


def _compare(old: Any, new: Any, place: Place, path: Path, changes: Changes) -> None:
    if old == new:
        return
    before, after = children(old, place), children(new, place)
    if before is None or after is None:
        changes.modified.add(path)
        return
    for element in before.keys() - after.keys():
        changes.removed.update(_everything(before[element], (*path, element)))
    for element, part in after.items():
        here = (*path, element)
        if element in before:
            _compare(before[element].value, part.value, part.place, here, changes)
        else:
            changes.added.update(_appearing(part, here))


def _appearing(part: Child, path: Path) -> Iterator[Path]:
    parts = children(part.value, part.place)
    if not parts or part.place.named:
        yield path
    for element, below in (parts or {}).items():
        yield from _appearing(below, (*path, element))


def _everything(part: Child, path: Path) -> Iterator[Path]:
    yield path
    for element, below in (children(part.value, part.place) or {}).items():
        yield from _everything(below, (*path, element))


def merge(live: Any, config: Any, place: Place) -> Any:
    """`config` laid over `live`: granular parts join, wholes are replaced."""
    before, after = children(live, place), children(config, place)
    if before is None or after is None:
        return config
    if isinstance(config, list):
        return _merge_items(before, after)
    result = dict(live)
    for key, item in config.items():
        below = after[field_element(key)].place
        result[key] = merge(live.get(key), item, below)
    return result


def _merge_items(before: dict[str, Child], after: dict[str, Child]) -> list[Any]:
    """Items of both lists: the configuration's in its order, and what only lives where it stood among them.

    As `typed/merge.go` of structured-merge-diff does since v4.3.
    """
    left, right = deque(before), deque(after)
    shared, done = deque(element for element in after if element in before), set[str]()
    result: list[Any] = []
    while left or right:
        if left and left[0] in after and (left[0] in done or _out_of_turn(left[0], right, shared)):
            left.popleft()
        elif left and left[0] not in after:
            result.append(before[left.popleft()].value)
        else:
            element = right.popleft()
            part, live = after[element], before.get(element)
            result.append(merge(live.value if live else None, part.value, part.place))
            done.add(element)
            if shared and shared[0] == element:
                shared.popleft()
    return result


def _out_of_turn(element: str, right: deque[str], shared: deque[str]) -> bool:
    """Whether an item of both lists stands where another of them is due."""
    return bool(right) and element != right[0] and bool(shared) and shared[0] != element


def remove(value: Any, place: Place, doomed: FieldSet) -> Any:
    """`value` without the doomed fields; what is emptied by that goes too."""
    return _remove(value, place, (), doomed, {path[:end] for path in doomed for end in range(len(path))})


def _remove(value: Any, place: Place, path: Path, doomed: FieldSet, touched: set[Path]) -> Any:
    parts = children(value, place)
    if parts is None or path not in touched:
        return value
    kept: list[tuple[str, Any]] = []
    for element, part in parts.items():
        here = (*path, element)
        if here in doomed:
            continue
        left = _remove(part.value, part.place, here, doomed, touched)
        if left is not None or part.value is None:
            kept.append((element, left))
    if not kept and parts:
        return None
    if isinstance(value, list):
        return [item for _, item in kept]
    return {element.removeprefix("f:"): item for element, item in kept}


def without(obj: Object, *names: str) -> Object:
    """An object without some of its top fields."""
    return {key: value for key, value in obj.items() if key not in names}
