"""Numbers over greetings: how evenly they fall on pods, how many failed.

Greetings on one connection are not independent draws, so none of these comes with a p-value.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

Amounts = pd.DataFrame | pd.Series
SUMMARY = ("greetings", "failed", "clients", "pods", "effective_pods", "jain", "codes")
FAILURES = ["variant", "client", "greetings", "failed", "codes"]


def shares(greetings: Amounts) -> pd.Series[float]:
    """Return each pod's share of the answered greetings (by hand: appendix/measures, section A.1).

    Args:
        greetings: A table of greetings, or the amounts themselves: a Series with one number per pod.

    Returns:
        Shares that add up to 1, by pod; pods that are known (categories) and answered nothing have 0.
        Nothing at all where nothing was answered.
    """
    counts = amounts(greetings)
    total = counts.sum()
    return (counts / total if total else counts.iloc[:0]).astype(float).rename("share")


def amounts(greetings: Amounts) -> pd.Series[float]:
    """Return how many greetings each pod answered, by name of the pod; a Series is returned as it is."""
    if isinstance(greetings, pd.Series):
        return greetings.dropna().astype(float)
    served = greetings.loc[greetings["ok"].astype(bool), "server"]
    counts = served.value_counts(sort=False, dropna=True)
    counts.index = counts.index.astype(str)
    return counts.sort_index().astype(float)


def effective_pods(greetings: Amounts) -> float:
    """Return over how many pods an even spread would be as mixed as this one (appendix/measures, A.1).

    exp of the Shannon entropy of the shares: Hill's number of order 1 (Ecology 54, 1973).

    Args:
        greetings: A table of greetings, or one number per pod.

    Returns:
        From 1 (one pod does everything) to the number of pods; not a number where nothing was answered.
    """
    share = shares(greetings)
    positive = share[share > 0].to_numpy()
    return float(np.exp(-(positive * np.log(positive)).sum())) if positive.size else float("nan")


def jain(greetings: Amounts) -> float:
    """Return Jain's index (appendix/measures, A.2): 1 when amounts are equal, 1/n when one has all.

    R. Jain, D. Chiu, W. Hawe, DEC Research Report TR-301 (1984).

    Args:
        greetings: A table of greetings, or one number per pod. Of a table, all known pods count: the
            categories of the column ``server``.

    Returns:
        The index; not a number where nothing was answered.
    """
    values = amounts(greetings).to_numpy()
    squares = float((values**2).sum())
    return float(values.sum() ** 2 / (values.size * squares)) if squares else float("nan")


def with_all_pods(greetings: pd.DataFrame) -> pd.DataFrame:
    """Return the greetings with the column ``server`` knowing every pod that occurs anywhere in it."""
    column = greetings["server"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return greetings
    names = sorted(column.dropna().astype(str).unique())
    return greetings.assign(server=pd.Categorical(column, categories=names))


def summary(greetings: pd.DataFrame) -> pd.DataFrame:
    """Return one row per variant: greetings, failures, and how evenly pods answered (05-compare, 5.4).

    Args:
        greetings: A table of greetings. Jain's index of each variant is over all pods known to the whole
            table.

    Returns:
        By variant, in the order in which they occur: ``greetings``, ``failed``, ``clients``, ``pods`` (that
        answered), ``effective_pods``, ``jain`` and ``codes`` of the failures.
    """
    known = with_all_pods(greetings)
    rows = {
        str(variant): _summary_of(part)
        for variant, part in known.groupby("variant", observed=True, sort=False)
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(SUMMARY))
    return table.rename_axis("variant")


def _summary_of(part: pd.DataFrame) -> list[object]:
    counts = failure_codes(part)
    return [
        len(part),
        sum(counts.values()),
        part["client"].nunique(),
        int((amounts(part) > 0).sum()),
        effective_pods(part),
        jain(part),
        ", ".join(f"{code} x {count}" for code, count in counts.items()),
    ]


def failure_codes(greetings: pd.DataFrame) -> dict[str, int]:
    """Return how many greetings failed with which status code."""
    failed = greetings.loc[~greetings["ok"].astype(bool), "code"].astype(str)
    return {str(code): int(count) for code, count in failed.value_counts().items()}


def failures_by_client(greetings: pd.DataFrame) -> pd.DataFrame:
    """Count what failed, for each client alone (used in production/02-rollout, section 2.2).

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
    return pd.DataFrame(rows, columns=FAILURES)


def _codes(greetings: pd.DataFrame) -> str:
    return ", ".join(f"{code} x {count}" for code, count in failure_codes(greetings).items())
