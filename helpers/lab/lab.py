"""A lab: a cluster's context plus a namespace, where a notebook works."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

from kubernetes.client import ApiClient, AppsV1Api, CoreV1Api, DiscoveryV1Api, NetworkingV1Api

from helpers.lab.objects import Objects


@dataclass(repr=False)
class Lab:
    """Where a notebook works, and the official clients to work with.

    Attributes:
        context: The kubeconfig context.
        namespace: The namespace of everything that the lab makes.
        server: The API server's address.
        server_version: What it calls itself.
        api: The official client that all of the following share.
        image_prefix: The greeter's image is ``<image_prefix>-greeter``; ``greeter`` when None.
        image_tag: Its tag, if not the manifests'.
        core: Pods, Services, Secrets, ConfigMaps, nodes.
        apps: Deployments, ReplicaSets.
        networking: Ingresses and their classes.
        discovery: EndpointSlices.
        objects: The same as plain JSON.
    """

    context: str
    namespace: str
    server: str
    server_version: str
    api: ApiClient
    image_prefix: str | None = None
    image_tag: str | None = None
    core: CoreV1Api = field(init=False)
    apps: AppsV1Api = field(init=False)
    networking: NetworkingV1Api = field(init=False)
    discovery: DiscoveryV1Api = field(init=False)
    objects: Objects = field(init=False)

    def __post_init__(self) -> None:
        self.core, self.apps = CoreV1Api(self.api), AppsV1Api(self.api)
        self.networking, self.discovery = NetworkingV1Api(self.api), DiscoveryV1Api(self.api)
        self.objects = Objects(self.api)

    def facts(self) -> dict[str, str]:
        """Return what a result should say of where it was measured."""
        return {
            "context": self.context,
            "server": self.server,
            "server_version": self.server_version,
            "namespace": self.namespace,
        }

    def __repr__(self) -> str:
        return (
            f"Lab(context={self.context!r}, namespace={self.namespace!r}, server={self.server!r}, "
            f"Kubernetes {self.server_version})"
        )

    def _repr_html_(self) -> str:
        names = {
            "context": "Context",
            "namespace": "Namespace",
            "server": "Server",
            "server_version": "Kubernetes",
        }
        facts = self.facts()
        rows = (
            f'<tr><th scope="row" style="text-align:left">{title}</th>'
            f'<td style="text-align:left">{html.escape(facts[name])}</td></tr>'
            for name, title in names.items()
        )
        return f"<table><tbody>{''.join(rows)}</tbody></table>"


_current: list[Lab] = []


def current() -> Lab | None:
    """Return the lab that was connected last in this process."""
    return _current[-1] if _current else None


def make_current(lab: Lab) -> None:
    """Remember the lab that was connected last in this process."""
    _current[:] = [lab]
