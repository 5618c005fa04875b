"""What a node is told about its cluster, and how patient it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take, in seconds.

    The restart delays are those of the kubelet (https://kubernetes.io/docs/concepts/workloads/pods/
    pod-lifecycle/#restart-policy); a test sets shorter ones.
    """

    first_delay: float = 10.0
    """Before the second restart in a row; the first one comes at once. Doubles each time."""
    longest_delay: float = 300.0
    settled: float = 600.0
    """A run this long ends a series of restarts."""
    start: tuple[float, float] = (0.0, 0.0)
    """The least and the most that a container takes to start."""
    pull: float = 2.0
    """How long a failed pull is shown as ``ErrImagePull`` before it becomes ``ImagePullBackOff``."""
    shutdown: float = 2.0
    """Between TERM and KILL when the whole node stops."""
    heartbeat: float = 300.0
    """Between two signs of life of the Node object (the kubelet's nodeStatusReportFrequency)."""
    relist: float = 0.3
    """Between two looks at what runs: a container's start and end are told at the next one (the kubelet's pod
    lifecycle event generator looks once a second)."""
    lease: int = 40
    """How long the node's Lease is good (the kubelet's nodeLeaseDurationSeconds); renewed after a quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a node is and what its pods must know.

    Args:
        name: the Node object's name.
        address: the node's own address.
        api: where the API truly listens: ``KUBERNETES_SERVICE_HOST`` and ``_PORT`` of every pod.
        dns: gives the DNS server of a namespace's pods, ``address:port``; raises ``AddressError``.
        authority: the certificate (PEM) with which the API's own is signed.
        images: the file that names the images somebody built (see ``lifecycle.home``).
        separate_pipes: whether a program's stdout and stderr reach its log by a pipe each, as from a
            container runtime: then lines of the two may change their order.
        patience: how long things may take.
    """

    name: str = "local-node"
    address: str
    api: tuple[str, int]
    dns: Callable[[str], str]
    authority: str = ""
    images: Path | None = None
    separate_pipes: bool = False
    patience: Patience = field(default_factory=Patience)
