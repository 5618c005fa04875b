"""Rules of labels and of selectors of them (`apimachinery/pkg/apis/meta/v1/validation`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, invalid, required
from localcluster.objects.validation import words
from localcluster.types import Object

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def of(field: str, found: dict[str, str] | None) -> Iterator[FieldError]:
    """What is wrong with labels."""
    for key, value in sorted((found or {}).items()):
        yield from words.complain(field, key, words.qualified_name(key))
        yield from words.complain(field, value, words.label_value(value))


def of_selector(field: str, selector: Object) -> Iterator[FieldError]:
    """What is wrong with a `LabelSelector`."""
    yield from of(f"{field}.matchLabels", selector.get("matchLabels"))
    for index, term in enumerate(selector.get("matchExpressions") or []):
        here, operator = f"{field}.matchExpressions[{index}]", term.get("operator") or ""
        key, values = term.get("key") or "", term.get("values") or []
        yield from operands(here, operator, values)
        if operator not in _OPERATORS:
            yield invalid(f"{here}.operator", operator, "not a valid selector operator")
        yield from words.complain(f"{here}.key", key, words.qualified_name(key))
        for at, value in enumerate(values):
            yield from words.complain(f"{here}.values[{at}]", value, words.label_value(value))


def operands(field: str, operator: str, values: list[str]) -> Iterator[FieldError]:
    """Values where an operator takes none, or none where it takes some."""
    if operator in ("In", "NotIn") and not values:
        yield required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist") and values:
        why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield forbidden(f"{field}.values", why)
