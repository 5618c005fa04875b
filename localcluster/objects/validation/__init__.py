"""The rules of each kind, as lists of field errors in the words of Kubernetes (`pkg/apis/*/validation`).

Here belong tests of one object, or of one against what it was before; what depends on other objects
(names taken, addresses in use) is the registry's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from localcluster.errors import FieldError
from localcluster.objects.custom import definitions
from localcluster.objects.validation import (
    data,
    metadata,
    network,
    pods,
    rights,
    services,
    slices,
    workloads,
)
from localcluster.storage.resources import Resource
from localcluster.types import Object

_Rule = Callable[[Object], Iterator[FieldError]]
_ChangeRule = Callable[[Object, Object], Iterator[FieldError]]

_RULES: dict[str, _Rule] = {
    "ClusterRole": rights.of_cluster_role,
    "ClusterRoleBinding": rights.of_cluster_role_binding,
    "ConfigMap": data.of_config_map,
    "Deployment": workloads.of_deployment,
    "EndpointSlice": slices.of_endpoint_slice,
    "Endpoints": slices.of_endpoints,
    "Ingress": network.of_ingress,
    "IngressClass": network.of_ingress_class,
    "Pod": pods.of_pod,
    "ReplicaSet": workloads.of_replica_set,
    "Role": rights.of_role,
    "RoleBinding": rights.of_role_binding,
    "Secret": data.of_secret,
    "Service": services.of_service,
}
# Rules for a new object that do not hold for a changed one.
_NEW_RULES: dict[str, _Rule] = {"Ingress": network.of_new_ingress}
_CHANGE_RULES: dict[str, _ChangeRule] = {
    "ClusterRoleBinding": rights.same_role,
    "ConfigMap": data.change_of_config_map,
    "Deployment": workloads.same_selector,
    "EndpointSlice": slices.same_address_type,
    "IngressClass": network.same_controller,
    "Pod": pods.of_change,
    "ReplicaSet": workloads.same_selector,
    "RoleBinding": rights.same_role,
    "Secret": data.change_of_secret,
    "Service": services.of_change,
}


_CHANGE_FIRST = ("ConfigMap", "IngressClass", "Secret", "Service")


def of_new(resource: Resource, obj: Object) -> list[FieldError]:
    """What is wrong with a new object, defaulted."""
    rules = [table[resource.kind] for table in (_RULES, _NEW_RULES) if resource.kind in table]
    errors = [*metadata.of_new(resource, obj["metadata"]), *(error for rule in rules for error in rule(obj))]
    return [*errors, *_of_custom(resource, obj)]


def of_change(resource: Resource, old: Object, new: Object) -> list[FieldError]:
    """What is wrong with a changed object, defaulted; `old` is how it was."""
    errors = list(metadata.of_change(old["metadata"], new["metadata"]))
    of_object = _RULES.get(resource.kind, _nothing)(new)
    of_difference = _CHANGE_RULES.get(resource.kind, _no_difference)(old, new)
    # All are told; which come first is each kind's own.
    first_change = resource.kind in _CHANGE_FIRST
    for found in (of_difference, of_object) if first_change else (of_object, of_difference):
        errors += found
    return [*errors, *_of_custom(resource, new, old)]


def of_status(resource: Resource, old: Object, new: Object) -> list[FieldError]:
    """What is wrong with an object whose status was written; the built-in kinds take any status."""
    if definitions.is_custom(resource.kind):
        return _of_custom(resource, new)
    return list(metadata.of_change(old["metadata"], new["metadata"]))


def _of_custom(resource: Resource, obj: Object, old: Object | None = None) -> list[FieldError]:
    return list(definitions.errors(resource.kind, obj, old)) if definitions.is_custom(resource.kind) else []


def _nothing(_: Object) -> Iterator[FieldError]:
    yield from ()


def _no_difference(_: Object, __: Object) -> Iterator[FieldError]:
    yield from ()
