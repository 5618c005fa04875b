"""What failed, counted for each client alone: clients are the repeats of a measurement."""

from __future__ import annotations

import pandas as pd

from helpers.stats import failure_codes

COLUMNS = ["variant", "client", "greetings", "failed", "codes"]


def failures_by_client(greetings: pd.DataFrame) -> pd.DataFrame:
    """Count what failed, for each client alone (built by hand in production/02-rollout, section 2.3).

    Args:
        greetings: A table of greetings.

    Returns:
        A row per client, in the order of variants: ``variant`` (str), ``client`` (str), ``greetings`` and
        ``failed`` (int64), ``codes`` (str: each status code with its number).
    """
    rows = [
        (str(variant), str(client), len(part), int((~part["ok"]).sum()), _codes(part))
        for (variant, client), part in greetings.groupby(["variant", "client"], observed=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _codes(greetings: pd.DataFrame) -> str:
    return ", ".join(f"{code} x {count}" for code, count in failure_codes(greetings).items())
