"""Ingresses become nginx's configuration, and learn where they can be reached.

One pass reads all Ingresses, IngressClasses and the Secrets they name, and renders one configuration from
nothing: there is no state to get out of step. nginx is reloaded only when the text differs.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from localcluster.network.nginx import (
    Backend,
    Canary,
    Certificates,
    Entrance,
    Location,
    Nginx,
    Options,
    RefusedError,
    Settings,
    Site,
    render,
)
from localcluster.objects.ingresses import PREFIX, annotation, class_of, is_canary
from localcluster.storage.registry import Registry
from localcluster.types import Object

log = logging.getLogger(__name__)

COMPONENT = "nginx-ingress-controller"  # the source ingress-nginx names in its events

SECONDS = {"proxy-connect-timeout": "connect_timeout", "proxy-read-timeout": "read_timeout"} | {
    "proxy-send-timeout": "send_timeout"
}
SWITCHES = {"ssl-redirect": "ssl_redirect", "force-ssl-redirect": "force_ssl_redirect"}
BATCH_SECONDS = 0.05  # an Ingress and its Secret come together, and each reload costs a generation of workers

CANARY = {"canary", "canary-weight", "canary-weight-total", "canary-by-header", "canary-by-header-value"}
UNDERSTOOD = {*SECONDS, *SWITCHES, *CANARY, "backend-protocol", "proxy-body-size"}


@dataclass(slots=True)
class Gathered:
    """The sites of one ingress class, and what their owners should hear."""

    sites: dict[str, Site] = field(default_factory=dict)
    owners: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    members: list[Object] = field(default_factory=list)
    warnings: list[tuple[Object, str, str]] = field(default_factory=list)

    def site(self, host: str) -> Site:
        """The site of a host, begun when it is the first time."""
        if host not in self.sites:
            self.sites[host] = Site(host)
        return self.sites[host]


@dataclass(slots=True)
class Controller:
    """Keeps nginx in step with the Ingresses."""

    registry: Registry
    entrances: Sequence[Entrance]
    certificates: Certificates
    settings: Settings
    _told: set[tuple[str, str, str]] = field(default_factory=set)

    def gather(self) -> list[tuple[Entrance, Gathered]]:
        """Read all Ingresses, the oldest first: it keeps a path that a younger one asks for too."""
        ingresses = sorted(self.registry.list("Ingress"), key=_age)
        return [(entrance, self._gather(entrance, ingresses)) for entrance in self.entrances]

    def text(self, gathered: Sequence[tuple[Entrance, Gathered]]) -> str:
        """Render nginx's configuration."""
        return render(self.settings, [(entrance, list(found.sites.values())) for entrance, found in gathered])

    async def reconcile(self, nginx: Nginx) -> None:
        """Bring nginx, the Ingresses' status and their events up to date."""
        gathered = self.gather()
        text = self.text(gathered)
        complaint = await nginx.apply(text)
        for entrance, found in gathered:
            for ingress in found.members:
                self._admit(entrance, ingress, complaint)
            for ingress, reason, message in found.warnings:
                self._tell(ingress, reason, message)
        if complaint:
            log.error("nginx refuses the configuration: %s", complaint)
        else:
            self.certificates.forget(text)

    def _gather(self, entrance: Entrance, ingresses: Iterable[Object]) -> Gathered:
        found = Gathered()
        if self.registry.find("IngressClass", None, entrance.class_name) is None:
            return found
        found.members = [
            one
            for one in ingresses
            if class_of(one) == entrance.class_name and "deletionTimestamp" not in one["metadata"]
        ]
        for ingress in sorted(found.members, key=is_canary):  # a canary joins a place that is there
            self._take(found, ingress)
        return found

    def _take(self, found: Gathered, ingress: Object) -> None:
        for ignored in unknown_annotations(ingress):
            message = f"Annotation {ignored} is not understood by the local cluster and has no effect"
            found.warnings.append((ingress, "AnnotationIgnored", message))
        try:
            options = options_of(ingress)
            places = [(host, self._location(ingress, path, options)) for host, path in _paths(ingress)]
            if is_canary(ingress):
                self._join(found, ingress, places)
                return
            sites = [(found.site(host), place) for host, place in self._free(found, ingress, places)]
        except RefusedError as error:
            found.warnings.append((ingress, "Rejected", f"Ingress is not served: {error}"))
            return
        for site, place in sites:
            site.locations.append(place)
            site.certificate = site.certificate or self._certificate(found, ingress, site.host)

    def _free(
        self, found: Gathered, ingress: Object, places: Iterable[tuple[str, Location]]
    ) -> Iterable[tuple[str, Location]]:
        """The places that no older Ingress has; others are refused as ingress-nginx's webhook does."""
        own = f"{ingress['metadata']['namespace']}/{ingress['metadata']['name']}"
        for host, place in places:
            key = (host, place.path if place.exact else place.path.rstrip("/"), place.exact)
            if key not in found.owners:
                found.owners[key] = own
                yield host, place
            else:
                message = f'host "{host}" and path "{place.path}" is already defined in ingress '
                found.warnings.append((ingress, "Rejected", message + found.owners[key]))

    def _join(self, found: Gathered, ingress: Object, places: Iterable[tuple[str, Location]]) -> None:
        """Give a canary its share of the places it names; everything else there is as the other says."""
        for host, wish in places:
            there = found.sites[host].locations if host in found.sites else []
            stable = next((one for one in there if (one.path, one.exact) == (wish.path, wish.exact)), None)
            if stable and not (why := _no_canary(stable, wish)):
                canary = canary_of(ingress, stable, wish.backend)
                there[there.index(stable)] = replace(stable, canary=canary)
                continue
            why = why if stable else "no other Ingress of its class has this host, path and path type"
            message = f"Canary of host {host or '*'} and path {wish.path} is not served: {why}"
            found.warnings.append((ingress, "CanaryNotServed", message))

    def _location(self, ingress: Object, path: Object, options: Options) -> Location:
        service = path["backend"].get("service")
        if not service:
            raise RefusedError("a backend must be a Service")
        port = service.get("port") or {}
        backend = Backend(
            ingress["metadata"]["namespace"],
            service["name"],
            str(port.get("name") or port.get("number") or ""),
            annotation(ingress, "backend-protocol", "HTTP").upper(),
        )
        return Location(path.get("path") or "/", path.get("pathType") == "Exact", backend, options)

    def _certificate(self, found: Gathered, ingress: Object, host: str) -> str:
        """The certificate of a host; the fake one when its Secret is not (yet) of use; "" without TLS."""
        entry = tls_entry(ingress, host)
        if entry is None:
            return ""
        namespace, name = ingress["metadata"]["namespace"], entry.get("secretName") or ""
        secret = self.registry.find("Secret", namespace, name) if name else None
        try:
            data = (secret or {}).get("data") or {}
            return self.certificates.keep(
                base64.b64decode(data["tls.crt"], validate=True),
                base64.b64decode(data["tls.key"], validate=True),
            )
        except (KeyError, RefusedError, binascii.Error) as error:
            problem = f"has no {error}" if isinstance(error, KeyError) else f"is of no use: {error}"
            problem = problem if secret else "does not exist"
            message = f"Secret {namespace}/{name} {problem}; {host} shows the fake certificate"
            found.warnings.append((ingress, "CertificateNotUsed", message))
            return self.settings.fake_certificate

    def _admit(self, entrance: Entrance, ingress: Object, complaint: str) -> None:
        if complaint:
            self._tell(ingress, "RELOAD", f"Error reloading NGINX: {complaint}")
            return
        ports = [{"port": port, "protocol": "TCP"} for port in (entrance.http, entrance.https)]
        status = {"loadBalancer": {"ingress": [{"ip": entrance.address, "ports": ports}]}}

        def change(stored: Object) -> None:
            stored["status"] = status

        meta = ingress["metadata"]
        if (ingress.get("status") or {}) != status:
            self.registry.modify("Ingress", meta["namespace"], meta["name"], change, subresource="status")
        self._tell(ingress, "Sync", "Scheduled for sync", kind="Normal")

    def _tell(self, ingress: Object, reason: str, message: str, kind: str = "Warning") -> None:
        """Tell an Ingress's owner once per version of what they wrote."""
        meta = ingress["metadata"]
        token = (f"{meta['uid']}/{meta.get('generation', 1)}", reason, message)
        if token not in self._told:
            self._told.add(token)
            self.registry.event(ingress, reason, message, type=kind, component=COMPONENT)


def unknown_annotations(ingress: Object) -> list[str]:
    """The annotations meant for ingress-nginx that have no effect here."""
    names = sorted(ingress["metadata"].get("annotations") or {})
    return [name for name in names if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in UNDERSTOOD]


def options_of(ingress: Object) -> Options:
    """Read the annotations that change a location.

    Raises:
        RefusedError: a value is not of the form ingress-nginx documents.
    """
    given: dict[str, Any] = {}
    for name, attribute in SECONDS.items():
        if value := annotation(ingress, name):
            given[attribute] = _number(name, value, 1, 86400, "number of seconds")
    for name, attribute in SWITCHES.items():
        if value := annotation(ingress, name):
            given[attribute] = _switch(name, value)
    if value := annotation(ingress, "proxy-body-size"):
        given["body_size"] = value
    return Options(**given)


def canary_of(ingress: Object, stable: Location, backend: Backend) -> Canary:
    """Read the annotations that say which requests a canary takes; its pods are spoken to as the stable ones.

    Raises:
        RefusedError: a value is not of the form ingress-nginx documents.
    """
    words = ("canary-weight", "canary-weight-total")
    weight, total = (_number(name, annotation(ingress, name, "0"), 0, 10**9) for name in words)
    header, value = (annotation(ingress, name) for name in ("canary-by-header", "canary-by-header-value"))
    return Canary(replace(backend, protocol=stable.backend.protocol), weight, total, header, value)


def _number(name: str, value: str, low: int, high: int, what: str = "number") -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high):
        raise RefusedError(f"{name} {value!r} is not a {what} from {low} to {high}")
    return int(value)


def _no_canary(stable: Location, wish: Location) -> str:
    """Why a canary cannot join a place; "" when it can."""
    if stable.canary:
        return "another canary is there already, and ingress-nginx considers one"
    if replace(stable.backend, protocol=wish.backend.protocol) == wish.backend:
        return "the other Ingress names the same Service"
    return ""


def _switch(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise RefusedError(f'{name} {value!r} is neither "true" nor "false"')
    return value.lower() == "true"


def tls_entry(ingress: Object, host: str) -> Object | None:
    """The ``spec.tls`` entry that covers a host; one without hosts covers all."""
    for entry in ingress["spec"].get("tls") or []:
        hosts = entry.get("hosts") or [host]
        if host in hosts or f"*.{host.partition('.')[2]}" in hosts:
            return dict(entry)
    return None


def _paths(ingress: Object) -> Iterable[tuple[str, Object]]:
    """Each path with its host; the default backend is a path of every host without a site."""
    for rule in ingress["spec"].get("rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            yield rule.get("host") or "", path
    if backend := ingress["spec"].get("defaultBackend"):
        yield "", {"path": "/", "pathType": "Prefix", "backend": backend}


def _age(ingress: Object) -> tuple[str, str, str]:
    meta = ingress["metadata"]
    return meta.get("creationTimestamp") or "", meta["namespace"], meta["name"]


async def run(controller: Controller, nginx: Nginx) -> None:
    """Reconcile once for what exists and again after each group of changes, for ever."""
    changes = controller.registry.watch("Ingress", "IngressClass", "Secret")
    with contextlib.closing(changes):
        await controller.reconcile(nginx)
        async for _ in changes:
            await asyncio.sleep(BATCH_SECONDS)
            changes.pending()
            await controller.reconcile(nginx)
