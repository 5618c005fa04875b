"""What is allowed and still not meant: the warnings a client gets with the object it wrote.

After `k8s.io/kubernetes/pkg/api/pod/warnings.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.types import Object


def of(obj: Object) -> Iterator[str]:
    """The warnings about an object."""
    spec = obj.get("spec") or {}
    if obj.get("kind") == "Pod":
        yield from _pod("spec", spec)
    elif obj.get("kind") in ("Deployment", "ReplicaSet"):
        yield from _pod("spec.template.spec", (spec.get("template") or {}).get("spec") or {})


def _pod(field: str, spec: Object) -> Iterator[str]:
    ports: dict[tuple[Any, ...], str] = {}
    for index, container in enumerate(spec.get("containers") or []):
        here = f"{field}.containers[{index}]"
        yield from _environment(f"{here}.env", container.get("env") or [])
        for at, port in enumerate(container.get("ports") or []):
            where = f"{here}.ports[{at}]"
            key = tuple(port.get(word) for word in ("containerPort", "protocol", "hostPort", "hostIP"))
            if key in ports:
                yield f"{where}: duplicate port definition with {ports[key]}"
            ports.setdefault(key, where)


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
