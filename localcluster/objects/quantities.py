"""Quantities such as `250m` and `64Mi` (`k8s.io/apimachinery/pkg/api/resource`)."""

from __future__ import annotations

import re
from decimal import Decimal

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
