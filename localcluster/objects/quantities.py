"""Quantities such as `250m` and `64Mi` (`k8s.io/apimachinery/pkg/api/resource`)."""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

_BINARY = {
    suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SUFFIXES = _BINARY | {suffix: Decimal(10) ** power for suffix, power in _DECIMAL.items()}
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")
EXPECTED = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"


def parse(text: str) -> Decimal:
    """The number a quantity means; raises `ValueError` when it is none."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f"quantities must match the regular expression '{EXPECTED}'")
    number, exponent, suffix = found.groups()
    return Decimal(number + exponent) if exponent else Decimal(number) * _SUFFIXES[suffix or ""]


def canonical(text: str) -> str:
    """A quantity as Go writes it: no fraction, the largest suffix of its own kind, the exponent kept."""
    number = parse(text)
    found = _QUANTITY.fullmatch(text)
    if found is None or found[2]:
        return text
    if (found[3] or "").endswith("i") and number == number.to_integral_value():
        return _with_suffix(number, [("", Decimal(1)), *_BINARY.items()])
    # Nothing finer than a nano is kept.
    return _with_suffix(number, [(suffix, Decimal(10) ** power) for suffix, power in _DECIMAL.items()])


def _with_suffix(number: Decimal, units: list[tuple[str, Decimal]]) -> str:
    if number == 0:
        return "0"
    fitting = [(suffix, number / unit) for suffix, unit in units if number % unit == 0]
    if not fitting:
        return f"{(number / units[0][1]).to_integral_value(ROUND_UP)}{units[0][0]}"
    suffix, count = fitting[-1]
    return f"{count.to_integral_value():f}{suffix}"
