"""The one table of what lists and maps of the served kinds are made of: keyed items, sets, or one whole.

OpenAPI carries this as `x-kubernetes-list-type`, `-list-map-keys`, `-map-type` and `-patch-merge-key`; the
official client's models do not. Source: the markers in `k8s.io/api/*/v1/types.go`. What is not listed here
is atomic (lists) or granular (maps, structs), as in Kubernetes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcluster.objects.custom import models as custom
from localcluster.types import Object


@dataclass(frozen=True)
class ListRule:
    """How two versions of a list become one.

    Attributes:
        keys: What identifies an item for apply; none for a set of scalars.
        merge_key: What identifies it for a strategic merge patch.
        atomic: Apply takes the list as one value (a strategic merge still merges it).
    """

    keys: tuple[str, ...] = ()
    merge_key: str = ""
    atomic: bool = False


def _keyed(*keys: str, merge_key: str = "") -> ListRule:
    return ListRule(keys, merge_key or keys[0])


_SET = ListRule()
_NAMED = _keyed("name")
_TYPED = _keyed("type")

# The values that Kubernetes puts for a key left out (`+default` in types.go).
_KEY_DEFAULTS = {"protocol": "TCP"}

_CONTAINER: dict[str, ListRule] = {
    "ports": _keyed("containerPort", "protocol"),
    "env": _NAMED,
    "volumeMounts": _keyed("mountPath"),
    "volumeDevices": _keyed("devicePath"),
}

_LISTS: dict[str, dict[str, ListRule]] = {
    "V1ObjectMeta": {"finalizers": _SET, "ownerReferences": _keyed("uid")},
    "V1Container": _CONTAINER,
    "V1EphemeralContainer": _CONTAINER,
    "V1ResourceRequirements": {"claims": ListRule(("name",))},
    "V1PodSpec": {
        "containers": _NAMED,
        "initContainers": _NAMED,
        "ephemeralContainers": _NAMED,
        "volumes": _NAMED,
        "imagePullSecrets": _NAMED,
        "hostAliases": _keyed("ip"),
        "topologySpreadConstraints": _keyed("topologyKey", "whenUnsatisfiable"),
        "schedulingGates": _NAMED,
        "resourceClaims": _NAMED,
    },
    "V1PodStatus": {
        "conditions": _TYPED,
        "podIPs": _keyed("ip"),
        "hostIPs": ListRule(merge_key="ip", atomic=True),
        "resourceClaimStatuses": _NAMED,
    },
    "V1ServiceSpec": {"ports": _keyed("port", "protocol")},
    "V1ServiceStatus": {"conditions": _TYPED},
    "V1ServiceAccount": {"secrets": _NAMED},
    "V1NodeSpec": {"podCIDRs": _SET},
    "V1NodeStatus": {"conditions": _TYPED, "addresses": _TYPED},
    "V1NamespaceStatus": {"conditions": _TYPED},
    "V1DeploymentStatus": {"conditions": _TYPED},
    "V1ReplicaSetStatus": {"conditions": _TYPED},
}

# Structs that apply takes as one value (`+structType=atomic`).
_ATOMIC_STRUCTS = frozenset(
    {
        *("V1LabelSelector", "V1NodeSelector", "V1NodeSelectorTerm", "V1OwnerReference", "V1ObjectReference"),
        *("V1LocalObjectReference", "V1TypedLocalObjectReference", "V1SecretReference"),
        *("V1ConfigMapKeySelector", "V1SecretKeySelector", "V1ObjectFieldSelector", "V1FileKeySelector"),
        *("V1ResourceFieldSelector", "V1EndpointAddress", "CoreV1EndpointPort", "DiscoveryV1EndpointPort"),
        *("V1ServiceBackendPort", "V1RoleRef", "RbacV1Subject"),
    }
)
# Maps that apply takes as one value (`+mapType=atomic`).
_ATOMIC_MAPS = frozenset({("V1ServiceSpec", "selector"), ("V1PodSpec", "nodeSelector")})


def rule(model: str, field: str) -> ListRule | None:
    """How a list field merges; None when a patch replaces it as a whole."""
    if (defined := custom.field(model, field)) is not None and defined["type"] == "array":
        return _defined(defined)
    return _LISTS.get(model, {}).get(field)


def _defined(definition: Object) -> ListRule | None:
    """What a custom kind's definition says of a list; strategic merges do not exist there."""
    if definition.get("x-kubernetes-list-type") == "map":
        return ListRule(tuple(definition["x-kubernetes-list-map-keys"]))
    return _SET if definition.get("x-kubernetes-list-type") == "set" else None


def atomic_struct(model: str) -> bool:
    """Whether apply takes a struct as one value."""
    if (defined := custom.find(model)) is not None:
        return defined.get("x-kubernetes-map-type") == "atomic"
    return model in _ATOMIC_STRUCTS


def atomic_map(model: str, field: str) -> bool:
    """Whether apply takes a map field as one value."""
    return (model, field) in _ATOMIC_MAPS


def key_of(rule: ListRule, item: Any) -> Object:
    """What identifies an item of a keyed list; keys it lacks have their defaults or are left out."""
    if not isinstance(item, dict):
        return {}
    found = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in rule.keys}
    return {key: value for key, value in found.items() if value is not None}
