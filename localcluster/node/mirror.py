"""A program of the cluster itself, shown as a pod that nobody asked for through the API.

What a kubelet runs by its own decision (a *static pod*) it shows in the API as a *mirror pod*: to be looked
at, with a log, and made again when it is deleted. https://kubernetes.io/docs/tasks/configure-pod-container/
static-pod/ has the rules.
"""

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from localcluster.errors import ApiError
from localcluster.node.logs import LogFile, Logs
from localcluster.node.settings import Settings
from localcluster.node.status import Place, Report, interrupted, pod_status
from localcluster.objects import clock
from localcluster.storage.registry import Registry
from localcluster.types import Object

log = logging.getLogger(__name__)

ANNOTATION = "kubernetes.io/config.mirror"
_KUBELET = "kubelet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A program as the pod it would be.

    Args:
        namespace, name: of the pod; the node's name is put behind the name, as the kubelet does.
        container: the name of its only container.
        image: what runs, with its version.
        labels: by which others find it.
        address: the pod's.
        ports: the container's, by name.
    """

    namespace: str
    name: str
    container: str
    image: str
    labels: dict[str, str]
    address: str
    ports: dict[str, int]


def is_mirror(pod: Object) -> bool:
    """Tell whether a pod only shows what a kubelet runs."""
    return ANNOTATION in (pod["metadata"].get("annotations") or {})


class Mirror:
    """The mirror pod of one program: its object, its status, its log (a `programs.Listener`)."""

    def __init__(self, registry: Registry, logs: Logs, settings: Settings, static: Static) -> None:
        """Take up the pod as it was when the cluster last ran, or make it; the program runs by now."""
        self._registry = registry
        self._logs = logs
        self._settings = settings
        self._static = static
        self._pod = self._stored() or self._make()
        known = (self._pod.get("status") or {}).get("containerStatuses") or []
        self._report = next(
            (interrupted(Report.read(one), clock.now()) for one in known),
            Report(static.container, static.image),
        )
        self._log = self._begin()

    @property
    def uid(self) -> str:
        """The uid of the pod that stands in the API now."""
        return str(self._pod["metadata"]["uid"])

    def show_again(self) -> None:
        """Make the pod anew after somebody deleted it; what runs has not noticed, and its log begins here."""
        self._log.close()
        with self._told():
            self._pod = self._make()
            self._log = self._logs.begin(self._pod, self._static.container, self._report.restarts)
            self._show()

    def close(self) -> None:
        """The node stops: the log ends here, the pod stays as it is."""
        self._log.close()

    # -- the program's life

    def started(self) -> None:
        """The program runs again."""
        self._log = self._begin()

    def wrote(self, data: bytes) -> None:
        """The program wrote this."""
        self._log.write(data)

    def ended(self, status: int) -> None:
        """The program ended with this status, negative for a signal; it is going to be started again."""
        self._report.end(128 - status if status < 0 else status, clock.now())
        self._log.close()
        self._show()

    # -- the object

    def _begin(self) -> LogFile:
        run = self._report.restarts + 1 if self._report.container_id else 0
        self._report.begin(self._static.image, run, clock.now())
        self._report.ready = self._report.started = True
        self._show()
        return self._logs.begin(self._pod, self._static.container, run)

    def _stored(self) -> Object | None:
        """The pod of the last time, if it shows what runs now."""
        wanted = self._object()
        meta = wanted["metadata"]
        found = self._registry.find("Pod", meta["namespace"], meta["name"])
        if found is None or (is_mirror(found) and _content(found) == _content(wanted)):
            return found
        self._registry.delete("Pod", meta["namespace"], meta["name"], grace=0)
        return None

    def _make(self) -> Object:
        return self._registry.create("Pod", self._object(), manager=_KUBELET)

    def _object(self) -> Object:
        static, node = self._static, self._settings.name
        container: Object = {
            "name": static.container,
            "image": static.image,
            "imagePullPolicy": "Never",
            "ports": [{"name": name, "containerPort": port} for name, port in static.ports.items()],
        }
        pod: Object = {
            "metadata": {
                "name": f"{static.name}-{node}",
                "namespace": static.namespace,
                "labels": static.labels,
                "ownerReferences": self._owner(),
            },
            "spec": {
                "nodeName": node,
                "containers": [container],
                "tolerations": [{"operator": "Exists"}],
                "automountServiceAccountToken": False,
            },
        }
        content = hashlib.sha256(repr((container, static.labels, static.address)).encode()).hexdigest()[:32]
        pod["metadata"]["annotations"] = {
            "kubernetes.io/config.hash": content,
            ANNOTATION: content,
            "kubernetes.io/config.source": "file",
        }
        return pod

    def _owner(self) -> list[Object]:
        name = self._settings.name
        uid = self._registry.get("Node", None, name)["metadata"]["uid"]
        return [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid, "controller": True}]

    def _show(self) -> None:
        place = Place(self._static.address, self._settings.address)

        def change(found: Object) -> None:
            found["status"] = pod_status(found, [self._report], place, clock.now())

        meta = self._pod["metadata"]
        with self._told():
            self._registry.modify(
                "Pod", meta["namespace"], meta["name"], change, subresource="status", manager=_KUBELET
            )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """A program's life goes on whether or not it can be shown (its namespace may have been deleted)."""
        try:
            yield
        except ApiError as error:
            log.warning("%s cannot be shown: %s", self._static.name, error)


def _content(pod: Object) -> tuple[str, object]:
    """What tells a program from another one, and a node from the one before."""
    meta = pod["metadata"]
    return meta["annotations"][ANNOTATION], meta.get("ownerReferences")
