"""What the network knows of Services and their endpoints: the part DNS, Envoy and nginx have in common.

Kept in memory from one watch, because DNS answers from it and a database read per query would be slow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcluster.types import Object

Key = tuple[str, str]  # namespace, name

SERVICE_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A pod behind a Service, as one EndpointSlice lists it."""

    address: str
    hostname: str = ""
    ready: bool = True
    serving: bool = True

    @property
    def label(self) -> str:
        """The endpoint's own name below the Service's: its hostname, else its address with dashes."""
        return self.hostname or self.address.replace(".", "-")


@dataclass(slots=True)
class Directory:
    """Services and EndpointSlices by name."""

    services: dict[Key, Object] = field(default_factory=dict)
    _slices: dict[Key, dict[str, Object]] = field(default_factory=dict)

    def apply(self, kind: str, found: Object, *, deleted: bool) -> Key | None:
        """Take in one change; the Service it concerns is returned, None when it concerns none."""
        meta = found["metadata"]
        if kind == "Service":
            key = (meta["namespace"], meta["name"])
            if deleted:
                self.services.pop(key, None)
            else:
                self.services[key] = found
            return key
        service = meta.get("labels", {}).get(SERVICE_LABEL)
        if not service or found.get("addressType") != "IPv4":
            return None
        key = (meta["namespace"], service)
        slices = self._slices.setdefault(key, {})
        if deleted:
            slices.pop(meta["name"], None)
        else:
            slices[meta["name"]] = found
        if not slices:
            del self._slices[key]
        return key

    def ready(self, key: Key) -> list[Endpoint]:
        """The endpoints a client may be sent to: what DNS lists for a headless Service."""
        everyone = publishes_unready(self.services.get(key, {}))
        known = {one for _, one in self._endpoints(key) if one.ready or everyone}
        return sorted(known)

    def backends(self, key: Key, port_name: str, *, terminating: bool = False) -> list[tuple[Endpoint, int]]:
        """The endpoints of one Service port, each with its target port.

        Args:
            key: namespace and name of the Service.
            port_name: the Service port's name, "" when it has none.
            terminating: when nobody is ready, also give those that end but still serve, as kube-proxy does
                (Kubernetes 1.28, "ProxyTerminatingEndpoints").
        """
        everyone = publishes_unready(self.services.get(key, {}))
        found = []
        for ports, one in self._endpoints(key):
            if (port := ports.get(port_name)) is not None:
                found.append((one, port))
        usable = {pair for pair in found if pair[0].ready or everyone}
        if not usable and terminating:
            usable = {pair for pair in found if pair[0].serving}
        return sorted(usable)

    def _endpoints(self, key: Key) -> Iterator[tuple[dict[str, int], Endpoint]]:
        for piece in self._slices.get(key, {}).values():
            ports = {
                port.get("name") or "": port["port"] for port in piece.get("ports") or [] if port.get("port")
            }
            for entry in piece.get("endpoints") or []:
                for address in entry["addresses"]:
                    yield ports, _endpoint(address, entry)


def _endpoint(address: str, entry: Mapping[str, Any]) -> Endpoint:
    conditions = entry.get("conditions") or {}
    # An unknown condition reads as true (API reference of EndpointConditions).
    ready = conditions.get("ready") is not False
    serving = conditions.get("serving")
    return Endpoint(address, entry.get("hostname") or "", ready, ready if serving is None else bool(serving))


def publishes_unready(service: Mapping[str, Any]) -> bool:
    """Tell whether a Service wants its endpoints listed before they are ready."""
    return bool(service.get("spec", {}).get("publishNotReadyAddresses"))


def is_headless(service: Mapping[str, Any]) -> bool:
    """Tell whether a Service has no address of its own."""
    return bool(service.get("spec", {}).get("clusterIP") == "None")


def port_named(service: Mapping[str, Any], wanted: str, protocol: str = "TCP") -> Mapping[str, Any] | None:
    """Find a Service's port by name or, when ``wanted`` is digits, by number."""
    for port in service.get("spec", {}).get("ports") or []:
        if port.get("protocol", "TCP") == protocol and wanted in (port.get("name"), str(port["port"])):
            return dict(port)
    return None
