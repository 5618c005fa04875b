"""Objects of the API server as plain JSON: read, list, apply, delete, and follow as they change.

Manifests are JSON too, so whatever a manifest says is sent as it is. The typed clients (``lab.core``, …)
are for notebooks; here server-side apply and watching need requests that the typed methods do not make in
one way for all kinds. Requests go through the official client's ``ApiClient``: its credentials, its TLS,
its exceptions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient, ApiException
from kubernetes.watch.watch import iter_resp_lines
from urllib3.exceptions import HTTPError

from helpers.lab.errors import LabError
from helpers.lab.rbac import denied, rule_of

Object = dict[str, Any]

PART_OF = "app.kubernetes.io/part-of"
OURS = "grpc-lab"
SELECT_OURS = f"{PART_OF}={OURS}"
FIELD_MANAGER = "grpc-lab"
# Seconds; a healthy API server answers in milliseconds.
REQUEST_TIMEOUT = (5.0, 30.0)
# One watch lasts this long at most, so that a connection lost in silence is noticed.
WATCH_SECONDS = 30
GONE = 410


@dataclass(frozen=True)
class Kind:
    """How the API serves a kind."""

    name: str
    api_version: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str, name: str = "") -> str:
        """Return the path of the collection, or of one object in it."""
        prefix = "/api" if "/" not in self.api_version else "/apis"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{prefix}/{self.api_version}{within}/{self.plural}" + (f"/{name}" if name else "")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("Namespace", "v1", "namespaces", namespaced=False),
        Kind("Node", "v1", "nodes", namespaced=False),
        Kind("Secret", "v1", "secrets"),
        Kind("ConfigMap", "v1", "configmaps"),
        Kind("Service", "v1", "services"),
        Kind("Pod", "v1", "pods"),
        Kind("Event", "v1", "events"),
        Kind("ServiceAccount", "v1", "serviceaccounts"),
        Kind("Role", "rbac.authorization.k8s.io/v1", "roles"),
        Kind("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings"),
        Kind("Deployment", "apps/v1", "deployments"),
        Kind("ReplicaSet", "apps/v1", "replicasets"),
        Kind("EndpointSlice", "discovery.k8s.io/v1", "endpointslices"),
        Kind("Ingress", "networking.k8s.io/v1", "ingresses"),
        Kind("GatewayClass", "gateway.networking.k8s.io/v1", "gatewayclasses", namespaced=False),
        Kind("Gateway", "gateway.networking.k8s.io/v1", "gateways"),
        Kind("GRPCRoute", "gateway.networking.k8s.io/v1", "grpcroutes"),
        Kind("IngressClass", "networking.k8s.io/v1", "ingressclasses", namespaced=False),
    )
}


def kind_of(item: Object) -> Kind:
    """Return how the API serves an object's kind.

    Raises:
        LabError: It is a kind that the course does not use.
    """
    kind = KINDS.get(str(item.get("kind")))
    if kind is None or kind.api_version != item.get("apiVersion"):
        raise LabError(
            f"{item.get('apiVersion')} {item.get('kind')} is not a kind that helpers apply; "
            f"they know {', '.join(sorted(KINDS))}."
        )
    return kind


def name_of(item: Object) -> str:
    """Return an object's name."""
    return str(item["metadata"]["name"])


def labels_of(item: Object) -> dict[str, str]:
    """Return an object's labels."""
    return dict(item["metadata"].get("labels") or {})


def is_headless(service: Object) -> bool:
    """Whether a Service has no address of its own: its field holds the word."""
    return bool((service.get("spec") or {}).get("clusterIP") == "None")


def is_ours(item: Object) -> bool:
    """Whether an object belongs to the course; nothing else is ever changed or deleted."""
    return labels_of(item).get(PART_OF) == OURS


class Objects:
    """The API server's objects, asked for with one client."""

    def __init__(self, api: ApiClient) -> None:
        self.api = api

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return one object, or None when there is none of that name."""
        try:
            return self.request("GET", KINDS[kind].path(namespace, name))
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def select(self, kind: str | Kind, namespace: str, labels: str = "", fields: str = "") -> list[Object]:
        """Return the objects of a collection that match label and field selectors.

        Without a namespace, of all; a kind that the course has not is given as a ``Kind``.
        """
        known = kind if isinstance(kind, Kind) else KINDS[kind]
        return self._list(known, namespace, _selectors(labels, fields))[0]

    def create(self, item: Object, namespace: str) -> Object:
        """Create an object."""
        return self.request("POST", kind_of(item).path(namespace), body=item)

    def apply(self, item: Object, namespace: str, *, dry_run: bool = False) -> Object:
        """Apply an object on the server, without force: what others own is a conflict (409).

        With ``dry_run`` the server does everything but keep the result.
        """
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        return self.request(
            "PATCH",
            kind_of(item).path(namespace, name_of(item)),
            query=query | ({"dryRun": "All"} if dry_run else {}),
            body=item,
            content_type="application/apply-patch+yaml",
        )

    def delete(self, kind: str, namespace: str, name: str, *, propagation: str = "Foreground") -> None:
        """Delete an object; one that is gone already is fine."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        try:
            self.request("DELETE", KINDS[kind].path(namespace, name), body=options)
        except ApiException as error:
            if error.status != 404:
                raise

    def follow(
        self,
        kind: str,
        namespace: str,
        *,
        deadline: float,
        labels: str = "",
        fields: str = "",
        window: int = WATCH_SECONDS,
    ) -> Iterator[list[Object]]:
        """Yield a collection as it is, then again after every change, until the deadline.

        Args:
            kind: What to follow.
            namespace: Where.
            deadline: When to end, as ``time.monotonic()`` counts.
            labels: A label selector.
            fields: A field selector.
            window: Seconds after which the collection is yielded again even if nothing changed.
        """
        selectors = _selectors(labels, fields)
        while True:
            items, version = self._list(KINDS[kind], namespace, selectors)
            known = {name_of(item): item for item in items}
            yield list(known.values())
            if time.monotonic() >= deadline:
                return
            seconds = max(1, min(window, round(deadline - time.monotonic())))
            query = {**selectors, "resourceVersion": version, "timeoutSeconds": str(seconds), "watch": "true"}
            for change in self._changes(KINDS[kind].path(namespace), query, seconds):
                _take(known, change)
                yield list(known.values())
                if time.monotonic() >= deadline:
                    return

    def _changes(self, path: str, query: dict[str, str], seconds: float) -> Iterator[Object]:
        """Yield watch events; ends when the server ends the watch or is silent for too long."""
        timeout = (REQUEST_TIMEOUT[0], seconds + REQUEST_TIMEOUT[0])
        response = self._send("GET", path, query, timeout=timeout).response
        try:
            for line in iter_resp_lines(response):  # type: ignore[no-untyped-call]
                change = json.loads(line)
                if change["type"] == "ERROR":
                    return  # mostly 410: the history was cut; the caller lists anew
                yield change
        except HTTPError:
            return
        finally:
            response.close()

    def _list(self, kind: Kind, namespace: str, query: dict[str, str]) -> tuple[list[Object], str]:
        found = self.request("GET", kind.path(namespace), query=query)
        items = [{"apiVersion": kind.api_version, "kind": kind.name, **item} for item in found["items"]]
        return items, str(found["metadata"]["resourceVersion"])

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
        timeout: tuple[float, float] = REQUEST_TIMEOUT,
    ) -> Object:
        """Send one request and return the answer's JSON.

        Raises:
            kubernetes.client.ApiException: The server refused.
        """
        response = self._send(method, path, query, body=body, content_type=content_type, timeout=timeout)
        return dict(json.loads(response.read()))

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Object | None = None,
        content_type: str = "",
        timeout: tuple[float, float] = REQUEST_TIMEOUT,
    ) -> Any:
        headers = {"Accept": "application/json", **({"Content-Type": content_type} if body else {})}
        serialized = self.api.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        response: Any = self.api.call_api(*serialized, _request_timeout=timeout)
        if not 200 <= response.status <= 299:
            response.read()
            try:
                raise ApiException.from_response(http_resp=response, body=None, data=None)
            except ApiException as error:
                if refused := denied(error, rule_of(method, path, query)):
                    raise refused from error
                raise
        return response


def _selectors(labels: str, fields: str) -> dict[str, str]:
    wanted = {"labelSelector": labels, "fieldSelector": fields}
    return {name: value for name, value in wanted.items() if value}


def _take(known: dict[str, Object], change: Object) -> None:
    """Bring what is known up to date with one watch event."""
    item = change["object"]
    if change["type"] == "DELETED":
        known.pop(name_of(item), None)
    elif change["type"] in {"ADDED", "MODIFIED"}:
        known[name_of(item)] = item
