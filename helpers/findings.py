"""Keeps what a notebook measured, for the report that runs it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.lab import current
from helpers.stats import amounts, effective_pods, failure_codes, jain, shares, with_all_pods


def save_findings(notebook: str, greetings: pd.DataFrame) -> None:
    """Write a notebook's numbers to ``$LAB_RESULTS/<notebook>.json``; does nothing where that is not set.

    Args:
        notebook: The notebook's name without suffix.
        greetings: What it measured, one or more variants.
    """
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
    }
    path = Path(folder) / f"{notebook}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(saved, indent=2, allow_nan=False) + "\n", encoding="utf-8")


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
        "shares": {str(pod): float(share) for pod, share in shares(greetings).items()},
        "codes": codes,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
