"""A diagnosis as text for a terminal, or as JSON for a program."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from helpers.diagnose.findings import Diagnosis, Finding

KEYS = ("id", "severity", "object", "field", "section")
WIDTH, MARGIN = 100, " " * 4


def as_json(diagnosis: Diagnosis) -> str:
    """Return the findings as one JSON object."""
    found = [{key: getattr(one, key) for key in KEYS} for one in diagnosis.findings]
    return json.dumps({"findings": found}, indent=2)


def as_text(diagnosis: Diagnosis) -> str:
    """Return findings first, then what was judged, and how many findings there are."""
    lines = [line for one in diagnosis.findings for line in _finding(one)]
    lines += diagnosis.judged
    warnings = sum(one.severity == "warning" for one in diagnosis.findings)
    notes = len(diagnosis.findings) - warnings
    if not diagnosis.judged:
        return "\n".join([*lines, "No Service was judged."])
    return "\n".join([*lines, f"{_many(warnings, 'warning')}, {_many(notes, 'note')}."])


def limits(diagnosis: Diagnosis) -> list[str]:
    """Return how far the diagnosis goes: what was not judged, and what could not be read."""
    return [
        *(f"Not judged: {one}" for one in diagnosis.unjudged),
        *(f"Not read: {one}" for one in diagnosis.unread),
    ]


def _finding(one: Finding) -> Iterator[str]:
    yield f"{one.severity}: {one.id}: {one.object} in namespace {one.namespace}"
    yield from _wrapped(f"{one.field}: {one.saw}.")
    yield from _wrapped(one.effect)
    sentence, _, code = one.change.partition("\n")
    yield from _wrapped(sentence)
    yield from textwrap.indent(code, MARGIN * 2).splitlines()
    yield from _wrapped(f"Shown in {one.section}.")
    yield ""


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=MARGIN,
        subsequent_indent=MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
