"""What is allowed and still not meant, or not emulated: the warnings a client gets with what it wrote.

After `k8s.io/kubernetes/pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go` and the strategies of the
kinds.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.objects import quantities, scope
from localcluster.objects.ingresses import CLASS_ANNOTATION
from localcluster.objects.validation import words
from localcluster.types import Object, dump

_NAMED_AFTER = {"Pod": "the Pod's hostname"} | dict.fromkeys(
    ("Deployment", "ReplicaSet"), "Pod names and hostnames"
)


def of(obj: Object, *, new: bool) -> Iterator[str]:
    """The warnings about an object that was written.

    Args:
        obj: The object as it is now.
        new: Whether it was created just now: names are looked at once, and pods do not change.
    """
    spec, kind = obj.get("spec") or {}, obj.get("kind") or ""
    if new and kind in _NAMED_AFTER:
        yield from _name(obj["metadata"]["name"], _NAMED_AFTER[kind])
    if new and kind == "Pod":
        yield from _pod("spec", spec)
    if kind in ("Deployment", "ReplicaSet"):
        yield from _pod("spec.template.spec", (spec.get("template") or {}).get("spec") or {})
    elif obj.get("kind") == "EndpointSlice" and obj.get("addressType") == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"
    elif obj.get("kind") == "Ingress" and CLASS_ANNOTATION in (obj["metadata"].get("annotations") or {}):
        yield f"annotation {dump(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead"
    if kind == "Service":
        yield from _service(spec)
    yield from scope.warnings(obj)


def _name(name: str, use: str) -> Iterator[str]:
    if complaints := words.dns_label(name):
        yield (
            f"metadata.name: this is used in {use}, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(complaints)}]"
        )


def _service(spec: Object) -> Iterator[str]:
    kind, outside = spec.get("type"), bool(spec.get("externalIPs"))
    headless = kind == "ClusterIP" and spec.get("clusterIP") == "None"
    if headless:
        affine = spec.get("sessionAffinity") != "None"
        ignored = {
            "loadBalancerIP": bool(spec.get("loadBalancerIP")),
            "externalIPs": outside,
            "SessionAffinity": affine,
        }
        yield from (f"spec.{word} is ignored for headless services" for word in ignored if ignored[word])
    elif outside and kind != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if kind == "ExternalName" and outside:
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if kind != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _pod(field: str, spec: Object) -> Iterator[str]:
    containers = [
        (f"{field}.{word}[{index}]", container)
        for word in ("initContainers", "containers")
        for index, container in enumerate(spec.get(word) or [])
    ]
    for here, container in containers:
        yield from _amounts(f"{here}.resources", container.get("resources") or {})
        yield from _environment(f"{here}.env", container.get("env") or [])
    yield from _ports(containers)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        why = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{field}.terminationGracePeriodSeconds: {why}"


def _amounts(field: str, resources: Object) -> Iterator[str]:
    for name in ("memory", "ephemeral-storage"):
        for word in ("limits", "requests"):
            amount = (resources.get(word) or {}).get(name)
            if amount is not None and quantities.parse(amount) % 1:
                why = f'fractional byte value "{amount}" is invalid, must be an integer'
                yield f"{field}.{word}[{name}]: {why}"


def _ports(containers: list[tuple[str, Object]]) -> Iterator[str]:
    seen: list[tuple[str, Object]] = []
    for here, container in containers:
        for index, port in enumerate(container.get("ports") or []):
            where = f"{here}.ports[{index}]"
            for place, other in seen:
                if overlap := _overlap(port, other):
                    yield f"{where}: {overlap} port definition with {place}"
            seen.append((where, port))
    yield from _port_names(seen)


def _port_names(ports: list[tuple[str, Object]]) -> Iterator[str]:
    known: dict[str, str] = {}
    for where, port in ports:
        if (name := port.get("name")) and (first := known.setdefault(name, where)) != where:
            why = f"services and probes that select ports by name will use {first}"
            yield f"{where}: duplicate port name {dump(name)} with {first}, {why}"


def _overlap(port: Object, other: Object) -> str:
    """How two ports of a pod are in each other's way; "" when they are not."""

    def on_node(one: Object) -> tuple[int, str]:
        return one.get("hostPort") or 0, one.get("hostIP") or ""

    if any(port.get(word) != other.get(word) for word in ("containerPort", "protocol")):
        return ""
    (number, address), (other_number, other_address) = on_node(port), on_node(other)
    if (number, address) == (other_number, other_address):
        return "duplicate"
    if not number or not other_number:
        return "overlapping"
    ambiguous = number == other_number and bool(address) != bool(other_address)
    return "dangerously ambiguous" if ambiguous else ""


def _environment(field: str, variables: list[Object]) -> Iterator[str]:
    known: set[str] = set()
    for index, variable in enumerate(variables):
        name = variable.get("name") or ""
        # Adding to the value it had before is what a second definition is good for.
        added_to = f"$({name})" in (variable.get("value") or "") and variable.get("value") != f"$({name})"
        if name in known and not added_to:
            yield (
                f'{field}[{index}]: hides previous definition of "{name}", '
                "which may be dropped when using apply"
            )
        known.add(name)
