"""What a kind's registry strategy does before an object is written (`k8s.io/kubernetes/pkg/registry`).

Status is not taken from a client that creates or updates the main resource; a status update changes no
specification, and of the metadata what the kind allows; the generation counts changes of the specification.
"""

from __future__ import annotations

import copy
import uuid

from localcluster.objects import clock, names, services
from localcluster.objects.custom import definitions
from localcluster.objects.quality import qos_class
from localcluster.storage.resources import Resource
from localcluster.types import Object

_SYSTEM_METADATA = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "generation",
)
# Metadata that a status update takes from the object as it was (`GetResetFields` of the status strategies).
_KEPT_BY_STATUS = {"Deployment": ("labels",), "Pod": ("deletionTimestamp", "ownerReferences")}
_NAME_LABEL = "kubernetes.io/metadata.name"
# Kinds whose strategy keeps the status that comes with a new object (the kubelet creates its Node so).
_STATUS_ON_CREATE = {"Node"}


def prepare_create(resource: Resource, obj: Object, namespace: str | None) -> None:
    """Fill what only the server may fill in a new object, in place."""
    meta = obj.setdefault("metadata", {})
    for field in _SYSTEM_METADATA:
        meta.pop(field, None)
    if resource.namespaced:
        meta["namespace"] = namespace or meta.get("namespace") or "default"
    else:
        meta.pop("namespace", None)
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = names.generate(meta["generateName"])
    meta["uid"] = str(uuid.uuid4())
    meta["creationTimestamp"] = clock.now()
    if resource.generation:
        meta["generation"] = 1
    if resource.has_status and resource.kind not in _STATUS_ON_CREATE:
        obj["status"] = _first_status(resource.kind, obj)
        if not obj["status"] and definitions.is_custom(resource.kind):
            del obj["status"]
    if resource.kind == "Namespace":
        # Before the name is validated and after the status: as namespaceStrategy and its defaults do.
        obj["spec"] = {"finalizers": ["kubernetes"]}
        meta["labels"] = {**(meta.get("labels") or {}), _NAME_LABEL: meta.get("name") or ""}


def _first_status(kind: str, obj: Object) -> Object:
    if kind == "Pod":
        return {"phase": "Pending", "qosClass": qos_class(obj), **_gated(obj)}
    if kind == "Namespace":
        return {"phase": "Active"}
    if kind in ("Service", "Ingress"):
        return {"loadBalancer": {}}
    if kind == "ReplicaSet":
        return {"replicas": 0}
    if definitions.is_custom(kind):
        return definitions.first_status(kind)
    return {}


def _gated(pod: Object) -> Object:
    """What tells of a pod that nobody may give a node yet (`applySchedulingGatedCondition`)."""
    if not (pod.get("spec") or {}).get("schedulingGates"):
        return {}
    why = "Scheduling is blocked due to non-empty scheduling gates"
    condition = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": why}
    return {"conditions": [{**condition, "lastProbeTime": None, "lastTransitionTime": None}]}


def prepare_update(resource: Resource, old: Object, new: Object, subresource: str) -> Object:
    """The object to validate and write: `new` with what this update may not change taken from `old`."""
    if subresource == "status":
        return _status_update(resource, old, new)
    if subresource == "finalize":
        result = copy.deepcopy(old)
        result["spec"] = new.get("spec") or {}
        return result
    if subresource == "scale":
        return _scale_update(old, new)
    if subresource == "binding":
        return _binding(old, new)
    result = new
    if resource.has_status:
        _take(old, result, "status")
    if resource.kind == "Namespace":
        _take(old, result, "spec")
        _name_namespace(result)
    _take_system_metadata(old, result)
    if resource.kind == "Service":
        services.carry_over(old, result)
    return result


def count_generation(resource: Resource, old: Object, new: Object, subresource: str = "") -> None:
    """Raise the generation when the specification changed, in place.

    A Deployment's counts its annotations, too, unless they come with its status: so does the revision that
    its controller gives it (`deploymentStrategy.PrepareForUpdate`).
    """
    if not resource.generation or subresource == "status":
        return
    annotated = resource.kind == "Deployment" and _annotations(old) != _annotations(new)
    if annotated or _specification(old) != _specification(new):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _annotations(obj: Object) -> Object:
    return obj["metadata"].get("annotations") or {}


def _specification(obj: Object) -> Object:
    return {
        key: value for key, value in obj.items() if key not in ("metadata", "status", "kind", "apiVersion")
    }


def _binding(old: Object, new: Object) -> Object:
    result = copy.deepcopy(old)
    result["spec"]["nodeName"] = new["spec"]["nodeName"]
    status = result.setdefault("status", {})
    others = [one for one in status.get("conditions") or [] if one.get("type") != "PodScheduled"]
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": clock.now()}
    status["conditions"] = [*others, scheduled]
    return result


def _scale_update(old: Object, new: Object) -> Object:
    result = copy.deepcopy(old)
    _take(new.get("spec") or {}, result["spec"], "replicas")
    for field in ("managedFields", "resourceVersion"):
        _take(new.get("metadata") or {}, result["metadata"], field)
    return result


def changed_through_status(resource: Resource, obj: Object) -> Object:
    """What of an object a write to its status can change."""
    found = {key: value for key, value in obj.items() if key == "status"}
    if definitions.is_custom(resource.kind) or "metadata" not in obj:
        return found
    kept = _KEPT_BY_STATUS.get(resource.kind, ())
    return {**found, "metadata": {key: value for key, value in obj["metadata"].items() if key not in kept}}


def _status_update(resource: Resource, old: Object, new: Object) -> Object:
    result = copy.deepcopy(old)
    _take(new, result, "status")
    if resource.kind == "Pod" and (settled := (old.get("status") or {}).get("qosClass")):
        result.setdefault("status", {}).setdefault("qosClass", settled)
    meta = new.get("metadata") or {}
    if definitions.is_custom(resource.kind):
        for field in ("managedFields", "resourceVersion"):
            _take(meta, result["metadata"], field)
        return result
    result["metadata"] = copy.deepcopy(meta)
    for field in _KEPT_BY_STATUS.get(resource.kind, ()):
        _take(old["metadata"], result["metadata"], field)
    if resource.kind == "Namespace":
        _name_namespace(result)
    _take_system_metadata(old, result)
    return result


def _name_namespace(namespace: Object) -> None:
    """Label it with its name, as its defaults do at every write."""
    meta = namespace["metadata"]
    meta["labels"] = {**(meta.get("labels") or {}), _NAME_LABEL: meta["name"]}


def _take(source: Object, target: Object, field: str) -> None:
    if field in source:
        target[field] = source[field]
    else:
        target.pop(field, None)


def _take_system_metadata(old: Object, new: Object) -> None:
    meta = new["metadata"]
    for field in _SYSTEM_METADATA:
        if field not in ("resourceVersion", "uid"):
            _take(old["metadata"], meta, field)
    if "generateName" in old["metadata"]:
        meta.setdefault("generateName", old["metadata"]["generateName"])
