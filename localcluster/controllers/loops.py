"""Which controllers a cluster runs."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from localcluster.controllers import loop
from localcluster.controllers.deployment import DeploymentController
from localcluster.controllers.endpoints import EndpointsController
from localcluster.controllers.endpointslice import EndpointSliceController
from localcluster.controllers.endpointslicemirroring import EndpointSliceMirroringController
from localcluster.controllers.expiry import EventExpiry
from localcluster.controllers.garbage import GarbageCollector
from localcluster.controllers.namespace import NamespaceController
from localcluster.controllers.replicaset import ReplicaSetController
from localcluster.controllers.serviceaccount import ServiceAccountController
from localcluster.storage.registry import Registry


def controllers(registry: Registry) -> list[loop.Controller]:
    """One of each, all on the same objects."""
    return [
        DeploymentController(registry),
        ReplicaSetController(registry),
        EndpointSliceController(registry),
        EndpointsController(registry),
        EndpointSliceMirroringController(registry),
        ServiceAccountController(registry),
        NamespaceController(registry),
        GarbageCollector(registry),
        EventExpiry(registry),
    ]


def loops(registry: Registry) -> dict[str, Callable[[], Awaitable[None]]]:
    """Each controller's name and its endless run, which ends when it is cancelled."""
    return {one.name: functools.partial(loop.run, registry, one) for one in controllers(registry)}
