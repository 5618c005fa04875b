"""Rules of pods and pod templates (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from localcluster.errors import FieldError, duplicate, forbidden, invalid, required, unsupported
from localcluster.objects.validation import containers, metadata, words
from localcluster.types import Object

_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_EFFECTS = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_LONGEST_DEADLINE = 2**31 - 1
_UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def of_new(pod: Object) -> Iterator[FieldError]:
    """What is wrong with a new pod."""
    return specification("spec", pod.get("spec") or {})


def template(field: str, found: Object) -> Iterator[FieldError]:
    """What is wrong with a pod template."""
    meta = found.get("metadata") or {}
    yield from metadata.of_labels(f"{field}.labels", meta.get("labels"))
    yield from metadata.of_annotations(f"{field}.annotations", meta.get("annotations"))
    yield from specification(f"{field}.spec", found.get("spec") or {})


def specification(field: str, spec: Object) -> Iterator[FieldError]:
    """What is wrong with a pod's specification."""
    yield from _volumes(f"{field}.volumes", spec.get("volumes") or [])
    volumes = {volume.get("name") or "" for volume in spec.get("volumes") or []}
    names: set[str] = set()
    if not spec.get("containers"):
        yield required(f"{field}.containers")
    yield from containers.check(f"{field}.containers", spec.get("containers") or [], volumes, names)
    yield from containers.check(f"{field}.initContainers", spec.get("initContainers") or [], volumes, names)
    yield from _choices(field, spec)
    yield from metadata.of_labels(f"{field}.nodeSelector", spec.get("nodeSelector"))
    yield from _security(f"{field}.securityContext", spec.get("securityContext") or {})
    for index, reference in enumerate(spec.get("imagePullSecrets") or []):
        if not reference.get("name"):
            yield required(f"{field}.imagePullSecrets[{index}].name")
    yield from _names(field, spec)
    yield from _tolerations(f"{field}.tolerations", spec.get("tolerations") or [])
    yield from _periods(field, spec)


def _choices(field: str, spec: Object) -> Iterator[FieldError]:
    for word, allowed in (("restartPolicy", _RESTART_POLICIES), ("dnsPolicy", _DNS_POLICIES)):
        if spec.get(word) not in allowed:
            yield unsupported(f"{field}.{word}", spec.get(word), allowed)
    if spec.get("dnsPolicy") == "None" and spec.get("dnsConfig") is None:
        yield required(f"{field}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")


def _periods(field: str, spec: Object) -> Iterator[FieldError]:
    yield from words.not_negative(
        f"{field}.terminationGracePeriodSeconds", spec.get("terminationGracePeriodSeconds")
    )
    deadline = spec.get("activeDeadlineSeconds")
    yield from words.in_range(f"{field}.activeDeadlineSeconds", deadline, 1, _LONGEST_DEADLINE)


def _names(field: str, spec: Object) -> Iterator[FieldError]:
    tests: dict[str, words.Test] = {
        "serviceAccountName": words.dns_subdomain,
        "nodeName": words.dns_subdomain,
        "hostname": words.dns_label,
        "subdomain": words.dns_label,
        "priorityClassName": words.dns_subdomain,
    }
    for word, test in tests.items():
        if spec.get(word):
            yield from words.complain(f"{field}.{word}", spec[word], test(spec[word]))


def _security(field: str, security: Object) -> Iterator[FieldError]:
    for word in ("runAsUser", "runAsGroup", "fsGroup"):
        yield from words.in_range(f"{field}.{word}", security.get(word), 0, 2**31 - 1)


def _volumes(field: str, volumes: list[Object]) -> Iterator[FieldError]:
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        here, name = f"{field}[{index}]", volume.get("name") or ""
        if not name:
            yield required(f"{here}.name")
        else:
            yield from words.complain(f"{here}.name", name, words.dns_label(name))
            if name in names:
                yield duplicate(f"{here}.name", name)
        names.add(name)
        sources = sorted(volume.keys() - {"name"})
        if not sources:
            yield required(here, "must specify a volume type")
        for word in sources[1:]:
            yield forbidden(f"{here}.{word}", "may not specify more than 1 volume type")


def _tolerations(field: str, tolerations: list[Object]) -> Iterator[FieldError]:
    for index, toleration in enumerate(tolerations):
        here = f"{field}[{index}]"
        key, operator = toleration.get("key") or "", toleration.get("operator") or "Equal"
        if key:
            yield from words.complain(f"{here}.key", key, words.qualified_name(key))
        elif operator != "Exists":
            why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(f"{here}.operator", operator, why)
        effect = toleration.get("effect")
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(f"{here}.effect", effect or "", why)
        if operator == "Equal":
            value = toleration.get("value") or ""
            yield from words.complain(f"{here}.operator", value, words.label_value(value))
        if operator == "Exists" and toleration.get("value"):
            why = "value must be empty when `operator` is 'Exists'"
            yield invalid(f"{here}.operator", toleration, why)
        elif operator not in ("Equal", "Exists", "Lt", "Gt"):
            yield unsupported(f"{here}.operator", operator, ("Equal", "Exists"))
        if effect and effect not in _EFFECTS:
            yield unsupported(f"{here}.effect", effect, _EFFECTS)


def of_change(old: Object, new: Object) -> Iterator[FieldError]:
    """What is wrong with a changed pod: nearly nothing of its specification may change."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    for word in ("containers", "initContainers"):
        if len(before.get(word) or []) != len(after.get(word) or []):
            yield forbidden(f"spec.{word}", "pod updates may not add or remove containers")
            return
    for index, container in enumerate(after.get("containers") or []):
        if not container.get("image"):
            yield required(f"spec.containers[{index}].image")
    yield from _deadline(before.get("activeDeadlineSeconds"), after.get("activeDeadlineSeconds"))
    yield from _added_tolerations(before, after)
    was, now = _frozen(before), _frozen(after)
    if was != now:
        changed = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
        diff = "; ".join(f"spec.{key} changed" for key in changed)
        yield forbidden("spec", f"pod updates may not change fields other than {_UPDATABLE}\n{diff}")


def _deadline(before: int | None, after: int | None) -> Iterator[FieldError]:
    field = "spec.activeDeadlineSeconds"
    if after is not None and before is not None and after > before:
        yield invalid(field, after, "must be less than or equal to previous value")
    elif after is None and before is not None:
        yield invalid(field, None, "must not update from a positive integer to nil value")


def _added_tolerations(before: Object, after: Object) -> Iterator[FieldError]:
    def without_seconds(toleration: Object) -> Object:
        return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}

    kept = [without_seconds(toleration) for toleration in after.get("tolerations") or []]
    for index, toleration in enumerate(before.get("tolerations") or []):
        if without_seconds(toleration) not in kept:
            why = "existing toleration can not be modified except its tolerationSeconds"
            yield forbidden(f"spec.tolerations[{index}]", why)


def _frozen(spec: Object) -> dict[str, Any]:
    """A specification without what may change."""
    found = copy.deepcopy(spec)
    for word in ("activeDeadlineSeconds", "tolerations"):
        found.pop(word, None)
    for word in ("containers", "initContainers"):
        for container in found.get(word) or []:
            container.pop("image", None)
    return found
