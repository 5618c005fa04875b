"""What is allowed and still not meant, or not emulated: the warnings a client gets with what it wrote.

After `k8s.io/kubernetes/pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go` and the strategies of the
kinds.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.objects import scope
from localcluster.objects.ingresses import CLASS_ANNOTATION
from localcluster.types import Object, dump


def of(obj: Object, *, new: bool) -> Iterator[str]:
    """The warnings about an object that was written.

    Args:
        obj: The object as it is now.
        new: Whether it was created just now: pods do not change.
    """
    spec, kind = obj.get("spec") or {}, obj.get("kind") or ""
    if new and kind == "Pod":
        yield from _pod("spec", spec)
    if kind in ("Deployment", "ReplicaSet"):
        yield from _pod("spec.template.spec", (spec.get("template") or {}).get("spec") or {})
    elif obj.get("kind") == "Ingress" and CLASS_ANNOTATION in (obj["metadata"].get("annotations") or {}):
        yield f"annotation {dump(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead"
    if kind == "Service":
        yield from _service(spec)
    yield from scope.warnings(obj)


def _service(spec: Object) -> Iterator[str]:
    if spec.get("externalIPs") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.get("type") != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _pod(field: str, spec: Object) -> Iterator[str]:
    containers = [
        (f"{field}.{word}[{index}]", container)
        for word in ("initContainers", "containers")
        for index, container in enumerate(spec.get(word) or [])
    ]
    for here, container in containers:
        yield from _environment(f"{here}.env", container.get("env") or [])
    yield from _ports(containers)


def _ports(containers: list[tuple[str, Object]]) -> Iterator[str]:
    seen: list[tuple[str, Object]] = []
    for here, container in containers:
        for index, port in enumerate(container.get("ports") or []):
            where = f"{here}.ports[{index}]"
            for place, other in seen:
                if all(port.get(word) == other.get(word) for word in ("containerPort", "protocol")):
                    yield f"{where}: duplicate port definition with {place}"
            seen.append((where, port))
    yield from _port_names(seen)


def _port_names(ports: list[tuple[str, Object]]) -> Iterator[str]:
    known: dict[str, str] = {}
    for where, port in ports:
        if (name := port.get("name")) and (first := known.setdefault(name, where)) != where:
            why = f"services and probes that select ports by name will use {first}"
            yield f"{where}: duplicate port name {dump(name)} with {first}, {why}"


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
