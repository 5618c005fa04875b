"""Keeps what a notebook measured for the report that runs it, and reads what ``make measure`` measured."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.lab.errors import LabError
from helpers.lab.lab import current
from helpers.observe.events import from_saved, to_saved
from helpers.observe.stats import amounts, effective_pods, failure_codes, jain, shares, with_all_pods

# What the second course measures over events; of each, the label of a setting may end with a circumstance.
MEASURES = (
    "seconds_to_new_pod",
    "failures_in_rollout",
    "seconds_to_recover",
    "seconds_to_reuse",
    "latency_added_ms",
)
# A run of make measure, kept with the notebooks.
MEASURED = Path(__file__).resolve().parents[2] / "notebooks" / "measured" / "production.json"


def save_findings(
    notebook: str, greetings: pd.DataFrame, measures: Mapping[str, pd.DataFrame] | None = None
) -> None:
    """Write a notebook's numbers to ``$LAB_RESULTS/<notebook>.json``; does nothing where that is not set.

    Args:
        notebook: The notebook's name without suffix.
        greetings: What it measured, one or more variants.
        measures: Beside them, by name (one of ``MEASURES``), frames that ``helpers.events`` made.

    Raises:
        LabError: A measure has another name.
    """
    if unknown := sorted((measures or {}).keys() - set(MEASURES)):
        raise LabError(f"{unknown[0]} is no measure of the course; it has {', '.join(MEASURES)}.")
    folder = os.environ.get("LAB_RESULTS")
    if not folder:
        return
    lab = current()
    known = with_all_pods(greetings)
    parts = known.groupby("variant", observed=True, sort=False)
    saved = {
        "notebook": notebook,
        "cluster": lab.facts() if lab else {},
        "findings": [finding(str(variant), part) for variant, part in parts],
        **{name: to_saved(observed) for name, observed in (measures or {}).items()},
    }
    path = Path(folder) / f"{notebook}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(saved, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def measured(name: str, path: Path = MEASURED) -> pd.DataFrame:
    """Return what a kept run of ``make measure`` found (used in production/01-scaling, section 1.4).

    Args:
        name: One of ``MEASURES``.
        path: Where it was kept.

    Returns:
        The frame that ``helpers.events`` describes, with at least five events of each setting; without rows
        where nothing was measured yet.
    """
    return all_measured(path)[name]


def all_measured(path: Path = MEASURED) -> dict[str, pd.DataFrame]:
    """Return for each of ``MEASURES`` what ``measured`` does."""
    kept = _kept(path).get("measures", {})
    return {name: from_saved(kept.get(name, {})) for name in MEASURES}


def measured_on(path: Path = MEASURED) -> dict[str, str]:
    """Return when, and on what, ``make measure`` measured; empty where it did not yet."""
    return dict(_kept(path).get("conditions", {}))


def _kept(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def finding(variant: str, greetings: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of one variant; null is what could not be measured, as nothing was answered."""
    codes = failure_codes(greetings)
    by_client = [effective_pods(part) for _, part in greetings.groupby("client", observed=True, sort=True)]
    answered = amounts(greetings)
    return {
        "variant": variant,
        "greetings": len(greetings),
        "failed": sum(codes.values()),
        "pods": int((answered > 0).sum()) or None,
        "effective_pods": _number(effective_pods(greetings)),
        "jain": _number(jain(greetings)),
        "per_client_effective_pods": [value for value in by_client if not math.isnan(value)],
        "per_client_shares": [
            {str(pod): float(share) for pod, share in shares(part).items()}
            for _, part in greetings.groupby("client", observed=True, sort=True)
            if amounts(part).sum()
        ],
        "shares": {str(pod): float(share) for pod, share in shares(greetings).items()},
        "codes": codes,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
