"""Rules of Nodes and Namespaces (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, invalid, required, unsupported
from localcluster.objects.validation import words
from localcluster.types import Object, dump

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def of_node(node: Object) -> Iterator[FieldError]:
    """What is wrong with a Node."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate((node.get("spec") or {}).get("taints") or []):
        field, key = f"spec.taints[{index}]", taint.get("key") or ""
        yield from words.complain(f"{field}.key", key, words.qualified_name(key))
        value, effect = taint.get("value") or "", taint.get("effect") or ""
        if complaints := words.label_value(value):
            yield invalid(f"{field}.value", value, ";".join(complaints))
        if not effect:
            yield required(f"{field}.effect")
        elif effect not in _EFFECTS:
            yield unsupported(f"{field}.effect", effect, _EFFECTS)
        if (key, effect) in seen:
            yield _double(field, taint)
        seen.add((key, effect))


def _double(field: str, taint: Object) -> FieldError:
    names = {"Key": "key", "Value": "value", "Effect": "effect", "TimeAdded": "timeAdded"}
    shown = {
        go: taint.get(name) if go == "TimeAdded" else taint.get(name) or "" for go, name in names.items()
    }
    why = "taints must be unique by key and effect pair"
    return FieldError("FieldValueDuplicate", field, f"Duplicate value: {dump(shown)}: {why}")


def change_of_node(old: Object, new: Object) -> Iterator[FieldError]:
    """A Node keeps the range of its pods and what its provider calls it, once it has them."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    for field, word in (("podCIDRs", "podCIDR"), ("providerID", "providerID")):
        if before.get(field) and before[field] != after.get(field):
            yield forbidden(f"spec.{field}", f'node updates may not change {word} except from "" to valid')


def of_namespace_status(namespace: Object) -> Iterator[FieldError]:
    """A Namespace is active until it is deleted, and then terminating."""
    phase = (namespace.get("status") or {}).get("phase") or ""
    leaving = bool(namespace["metadata"].get("deletionTimestamp"))
    if phase != ("Terminating" if leaving else "Active"):
        word, state = ("Terminating", "not empty") if leaving else ("Active", "empty")
        yield invalid("status.Phase", phase, f"may only be '{word}' if `deletionTimestamp` is {state}")
