"""What differs between two structures, for people: in the manner of `github.com/google/go-cmp`.

That library varies its spacing on purpose, so that nobody compares its text; nor should anybody this one's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.types import Object, dump

_SAME = "// identical"


def text(name: str, before: Object, after: Object) -> str:
    """The changed fields of a structure, each before and after.

    Args:
        name: What the structure is called, such as `core.PodSpec`.
        before: What it was.
        after: What it is now.
    """
    return "\n".join([f"  {name}{{", *_fields(before, after, 1), "  }", ""])


def _fields(before: Object, after: Object, depth: int) -> Iterator[str]:
    same = 0
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            same += 1
        else:
            yield from _changed(f"{key[:1].upper()}{key[1:]}: ", before.get(key), after.get(key), depth)
    if same:
        yield _line(" ", depth, f"... {_SAME} fields: {same}")


def _items(before: list[Any], after: list[Any], depth: int) -> Iterator[str]:
    same = sum(old == new for old, new in zip(before, after, strict=True))
    for old, new in zip(before, after, strict=True):
        if old != new:
            yield from _changed("", old, new, depth)
    if same:
        yield _line(" ", depth, f"... {_SAME} elements: {same}")


def _changed(label: str, before: Any, after: Any, depth: int) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield _line(" ", depth, f"{label}{{")
        yield from _fields(before, after, depth + 1)
        yield _line(" ", depth, "},")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        yield _line(" ", depth, f"{label}{{")
        yield from _items(before, after, depth + 1)
        yield _line(" ", depth, "},")
    else:
        yield _line("-", depth, f"{label}{_shown(before)},")
        yield _line("+", depth, f"{label}{_shown(after)},")


def _shown(value: Any) -> str:
    return "nil" if value is None else dump(value)


def _line(sign: str, depth: int, content: str) -> str:
    tabs = "\t" * depth
    return f"{sign} {tabs}{content}"
