"""What the specification wants to know of an object, before it becomes conditions of its status."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcluster.types import Object

GROUP = "gateway.networking.k8s.io"
ROUTE_KIND = "GRPCRoute"


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect: whether it holds, the specification's reason, and a sentence."""

    holds: bool
    reason: str
    message: str


def good(reason: str, message: str = "") -> Finding:
    """It is as it should be."""
    return Finding(True, reason, message)


def bad(reason: str, message: str) -> Finding:
    """It is not."""
    return Finding(False, reason, message)


@dataclass(slots=True)
class Listener:
    """A listener of a Gateway and what was found.

    Attributes:
        spec: as its owner wrote it.
        accepted: whether it can be served here.
        resolved: whether what it refers to is there.
        conflict: why it cannot be told apart from another one; "" when it can.
        certificate: certificate and key, for HTTPS.
        takes_routes: whether it takes GRPCRoutes.
        attached: the routes that were accepted, with the hosts that they and the listener share.
    """

    spec: Object
    accepted: Finding = Finding(True, "Accepted", "")
    resolved: Finding = Finding(True, "ResolvedRefs", "References are resolved")
    conflict: str = ""
    certificate: tuple[str, str] | None = None
    takes_routes: bool = True
    attached: list[tuple[Object, list[str]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.spec["name"])

    @property
    def hostname(self) -> str:
        """Its host; "" for any."""
        return str(self.spec.get("hostname") or "")

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.spec["port"])

    @property
    def protocol(self) -> str:
        """What it speaks, in capitals: the specification lets people write it as they like."""
        return str(self.spec["protocol"]).upper()

    @property
    def is_served(self) -> bool:
        """Whether it becomes a part of the plan."""
        ready = self.protocol == "HTTP" or self.certificate is not None
        return self.accepted.holds and self.takes_routes and ready
