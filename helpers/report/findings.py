"""What the notebooks measured: the JSON each saves under ``$LAB_RESULTS``, read back with types.

The files are written by ``helpers.save_findings``. A field that a notebook did not save is empty here;
nothing is filled in, so that the index says only what was measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.lesson.findings import MEASURES
from helpers.observe.events import from_saved


@dataclass(frozen=True)
class Finding:
    """One measured case: a way to reach the greeter, and which pods answered."""

    notebook: str
    variant: str
    greetings: int
    failed: int
    pods: int | None = None
    effective_pods: float | None = None
    jain: float | None = None
    per_client: tuple[float, ...] = ()
    client_shares: tuple[dict[str, float], ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def all_failed(self) -> bool:
        """Whether no greeting was answered although some were sent."""
        return self.greetings > 0 and self.failed == self.greetings


@dataclass(frozen=True)
class Measure:
    """One setting of one of the second course's measures.

    Attributes:
        notebook: Who measured it.
        name: One of ``helpers.lesson.findings.MEASURES``.
        label: The setting.
        events: For each event what its observers saw; None of one that did not see it happen.
    """

    notebook: str
    name: str
    label: str
    events: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Results:
    """Everything saved by one run: the findings, the measures, and what was said of the cluster."""

    findings: tuple[Finding, ...] = ()
    cluster: dict[str, Any] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()

    def of(self, notebook: str) -> list[Finding]:
        """Return the findings of one notebook, in the order it saved them."""
        return [finding for finding in self.findings if finding.notebook == notebook]

    def observed(self, name: str) -> pd.DataFrame:
        """Return one of the measures, of all notebooks, as the frame that ``helpers.events`` describes."""
        return from_saved({one.label: one.events for one in self.measures if one.name == name})


def read_results(folder: Path, notebooks: Iterable[str]) -> Results:
    """Read ``<folder>/<notebook>.json`` of each notebook; one that saved nothing is left out."""
    findings: list[Finding] = []
    cluster: dict[str, Any] = {}
    measures: list[Measure] = []
    for name in notebooks:
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        saved = json.loads(path.read_text(encoding="utf-8"))
        cluster = {**(saved.get("cluster") or {}), **cluster}
        findings += [parse_finding(name, item) for item in saved.get("findings", [])]
        measures += _measures(name, saved)
    return Results(tuple(findings), cluster, tuple(measures))


def _measures(notebook: str, saved: dict[str, Any]) -> list[Measure]:
    return [
        Measure(notebook, name, label, tuple(tuple(map(_optional_float, seen)) for seen in events))
        for name in MEASURES
        for label, events in (saved.get(name) or {}).items()
    ]


def parse_finding(notebook: str, item: dict[str, Any]) -> Finding:
    """Return one entry of a findings file as a typed value."""
    return Finding(
        notebook=notebook,
        variant=str(item["variant"]),
        greetings=int(item.get("greetings") or 0),
        failed=int(item.get("failed") or 0),
        pods=_optional_int(item.get("pods")),
        effective_pods=_optional_float(item.get("effective_pods")),
        jain=_optional_float(item.get("jain")),
        per_client=tuple(float(value) for value in item.get("per_client_effective_pods") or ()),
        client_shares=tuple(
            {str(pod): float(share) for pod, share in each.items()}
            for each in item.get("per_client_shares") or ()
        ),
        shares={str(pod): float(share) for pod, share in (item.get("shares") or {}).items()},
        codes={str(code): int(count) for code, count in (item.get("codes") or {}).items()},
        note=str(item.get("note") or ""),
    )


def _optional_int(value: Any) -> int | None:
    return None if value is None else int(value)


def _optional_float(value: Any) -> float | None:
    # NaN, which JSON of Python may carry when no greeting was answered, is "not measured" too.
    return None if value is None or value != value else float(value)  # noqa: PLR0124
