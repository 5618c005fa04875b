"""Label selectors, asked of each object (`k8s.io/apimachinery/pkg/labels`); `queries` reads their text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcluster.types import Object

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        """Whether labels meet it; as in Kubernetes, `!=` and `notin` are met by a missing label."""
        value = labels.get(self.key)
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        if self.operator == "in":
            return value in self.values
        return value not in self.values


@dataclass(frozen=True)
class LabelSelector:
    """All its requirements must be met."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Labels | None) -> bool:
        """Whether labels (or none) are selected."""
        return all(requirement.matches(labels or {}) for requirement in self.requirements)


def from_equalities(labels: Labels) -> LabelSelector:
    """The selector of a map of labels that must all be there."""
    return LabelSelector(tuple(Requirement(key, "in", frozenset({value})) for key, value in labels.items()))


def from_object(selector: Object | None) -> LabelSelector:
    """The selector a `LabelSelector` object (matchLabels, matchExpressions) means."""
    selector = selector or {}
    found = list(from_equalities(selector.get("matchLabels") or {}).requirements)
    operators = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
    for term in selector.get("matchExpressions") or []:
        found.append(
            Requirement(term["key"], operators[term["operator"]], frozenset(term.get("values") or ()))
        )
    return LabelSelector(tuple(found))


def format_object(selector: Object | None) -> str:
    """A `LabelSelector` object as text, as the scale subresource and kubectl write it."""
    selector = selector or {}
    parts = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for term in selector.get("matchExpressions") or []:
        values = f"({','.join(sorted(term.get('values') or ()))})"
        words = {"In": f" in {values}", "NotIn": f" notin {values}", "Exists": "", "DoesNotExist": ""}
        mark = "!" if term["operator"] == "DoesNotExist" else ""
        parts.append((term["key"], f"{mark}{term['key']}{words[term['operator']]}"))
    return ",".join(part for _, part in sorted(parts, key=lambda one: one[0]))
