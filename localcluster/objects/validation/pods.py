"""Rules of pods and pod templates (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from localcluster.errors import FieldError, forbidden, required
from localcluster.objects.validation import containers, labels, metadata, words
from localcluster.types import Object

_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_LONGEST_DEADLINE = 2**31 - 1
_UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def of_pod(pod: Object) -> Iterator[FieldError]:
    """What is wrong with a pod, new or changed."""
    spec = pod.get("spec") or {}
    yield from specification("spec", spec)
    yield from containers.untrimmed_images(spec, "spec")


def template(field: str, found: Object) -> Iterator[FieldError]:
    """What is wrong with a pod template."""
    meta, spec = found.get("metadata") or {}, found.get("spec") or {}
    yield from labels.of(f"{field}.labels", meta.get("labels"))
    yield from metadata.of_annotations(f"{field}.annotations", meta.get("annotations"))
    yield from specification(f"{field}.spec", spec)


def specification(field: str, spec: Object) -> Iterator[FieldError]:
    """What is wrong with a pod's specification."""
    yield from containers.check(spec, field)
    yield from _choices(field, spec)
    yield from labels.of(f"{field}.nodeSelector", spec.get("nodeSelector"))
    yield from _security(f"{field}.securityContext", spec.get("securityContext") or {})
    yield from _dns(f"{field}.dnsConfig", spec)
    yield from _names(field, spec, ("serviceAccountName", "nodeName"))
    deadline = spec.get("activeDeadlineSeconds")
    yield from words.in_range(f"{field}.activeDeadlineSeconds", deadline, 1, _LONGEST_DEADLINE)
    yield from _names(field, spec, ("hostname", "subdomain"))
    yield from _names(field, spec, ("priorityClassName", "runtimeClassName"))


def _choices(field: str, spec: Object) -> Iterator[FieldError]:
    for word, allowed in (("restartPolicy", _RESTART_POLICIES), ("dnsPolicy", _DNS_POLICIES)):
        yield from words.one_of(f"{field}.{word}", spec.get(word), allowed)


def _dns(field: str, spec: Object) -> Iterator[FieldError]:
    if spec.get("dnsPolicy") == "None" and spec.get("dnsConfig") is None:
        yield required(field, "must provide `dnsConfig` when `dnsPolicy` is None")
    elif spec.get("dnsPolicy") == "None" and not spec["dnsConfig"].get("nameservers"):
        why = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(f"{field}.nameservers", why)


def _names(field: str, spec: Object, fields: tuple[str, ...]) -> Iterator[FieldError]:
    for word in fields:
        test = words.dns_label if word in ("hostname", "subdomain") else words.dns_subdomain
        if spec.get(word):
            yield from words.complain(f"{field}.{word}", spec[word], test(spec[word]))


def _security(field: str, security: Object) -> Iterator[FieldError]:
    for word in ("runAsUser", "runAsGroup", "fsGroup"):
        yield from words.in_range(f"{field}.{word}", security.get(word), 0, 2**31 - 1)


def of_change(old: Object, new: Object) -> Iterator[FieldError]:
    """What is wrong with a changed pod: nearly nothing of its specification may change."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    for word in ("containers", "initContainers"):
        if len(before.get(word) or []) != len(after.get(word) or []):
            yield forbidden(f"spec.{word}", "pod updates may not add or remove containers")
            return
    was, now = _frozen(before), _frozen(after)
    if was != now:
        changed = ", ".join(sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key)))
        why = f"pod updates may not change fields other than {_UPDATABLE}\n  changed: {changed}\n"
        yield forbidden("spec", why)


def _frozen(spec: Object) -> dict[str, Any]:
    """A specification without what may change."""
    found = copy.deepcopy(spec)
    for word in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        found.pop(word, None)
    for word in ("containers", "initContainers"):
        for container in found.get(word) or []:
            container.pop("image", None)
    return found
