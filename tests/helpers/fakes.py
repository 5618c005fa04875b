"""An API server's objects in memory, behind the interface of ``helpers.objects.Objects``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from kubernetes.client import ApiClient, ApiException

from helpers.lab.objects import Kind, Object, Objects, labels_of, name_of

Key = tuple[str, str, str]


class FakeObjects(Objects):
    """Keeps objects by kind, namespace and name; ``meanwhile`` runs between two states of a ``follow``."""

    def __init__(self, *items: Object) -> None:
        super().__init__(ApiClient())
        self.known: dict[Key, Object] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.refusals: dict[tuple[str, str], ApiException] = {}
        self.meanwhile: list[Callable[[], object]] = []
        for item in items:
            self.put(item)

    def put(self, item: Object) -> None:
        namespace = str(item["metadata"].get("namespace", ""))
        self.known[item["kind"], namespace, name_of(item)] = copy.deepcopy(item)

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        self._refuse("get", kind)
        return copy.deepcopy(self.known.get((kind, namespace, name)))

    def select(self, kind: str | Kind, namespace: str, labels: str = "", fields: str = "") -> list[Object]:
        name = kind.name if isinstance(kind, Kind) else kind
        self._refuse("list", name)
        found = [
            item
            for (of, within, _), item in self.known.items()
            if of == name and (not namespace or within in {namespace, ""})
        ]
        wanted = dict(part.split("=") for part in labels.split(",") if part)
        named = fields.removeprefix("metadata.name=") if fields.startswith("metadata.name=") else ""
        return [
            copy.deepcopy(item)
            for item in found
            if wanted.items() <= labels_of(item).items() and (not named or name_of(item) == named)
        ]

    def create(self, item: Object, namespace: str) -> Object:
        self._refuse("create", item["kind"])
        self.calls.append(("create", item["kind"], name_of(item)))
        self.put({**item, "metadata": {"namespace": namespace, **item["metadata"]}})
        return item

    def apply(self, item: Object, namespace: str, *, dry_run: bool = False) -> Object:
        self._refuse("apply", item["kind"])
        if dry_run:
            return {**(self.get(item["kind"], namespace, name_of(item)) or {}), **item}
        self.calls.append(("apply", item["kind"], name_of(item)))
        self.put({**item, "metadata": {"namespace": namespace, **item["metadata"]}})
        return item

    def delete(self, kind: str, namespace: str, name: str, *, propagation: str = "Foreground") -> None:
        self.calls.append((f"delete {propagation}", kind, name))
        self.known.pop((kind, namespace, name), None)

    def follow(
        self,
        kind: str,
        namespace: str,
        *,
        deadline: float,
        labels: str = "",
        fields: str = "",
        window: int = 1,
    ) -> Iterator[list[Object]]:
        """Yield the collection, then once more after each change in ``meanwhile``; then time is up."""
        del deadline, window
        yield self.select(kind, namespace, labels, fields)
        while self.meanwhile:
            self.meanwhile.pop(0)()
            yield self.select(kind, namespace, labels, fields)

    def _refuse(self, verb: str, kind: str) -> None:
        if refusal := self.refusals.get((verb, kind)):
            raise refusal


def fake_lab(*items: Object, **more: Any) -> Any:
    """A lab in namespace ``me`` whose objects are in memory."""
    return SimpleNamespace(
        objects=FakeObjects(*items),
        namespace="me",
        context="test",
        server="https://192.0.2.1:6443",
        server_version="v1.36.0",
        image_prefix=None,
        image_tag=None,
        **more,
    )


def made(kind: str, name: str, *, ours: bool = True, **fields: Any) -> Object:
    """An object in namespace ``me``."""
    labels = {"app.kubernetes.io/part-of": "grpc-lab"} if ours else {}
    metadata = {"name": name, "namespace": "me", "labels": {**labels, **fields.pop("labels", {})}}
    return {"kind": kind, "metadata": {**metadata, **fields.pop("metadata", {})}, **fields}


def pod(name: str, *, ready: bool = True, phase: str = "Running", **fields: Any) -> Object:
    """A pod of the greeter, unless labelled otherwise."""
    status = {
        "phase": phase,
        "conditions": [{"type": "Ready", "status": str(ready)}],
        **fields.pop("status", {}),
    }
    return made("Pod", name, labels={"app": "demo", **fields.pop("labels", {})}, status=status, **fields)


def waiting(reason: str, message: str = "") -> Object:
    """The status of a pod whose container waits."""
    state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    return {"containerStatuses": [{"name": "greeter", "image": "demo/greeter:dev", "state": state}]}


def refused(status: int, message: str) -> ApiException:
    """An answer of the API server that says no."""
    error = ApiException(status=status, reason="No")
    error.body = f'{{"kind": "Status", "message": "{message}"}}'
    return error
