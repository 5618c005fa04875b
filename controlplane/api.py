"""The way to the API server: as a pod goes it, and a watch of one Service's EndpointSlices.

The official client's watch blocks, so it has a thread; what it finds is handed to the event loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient, ApiException, Configuration, DiscoveryV1Api
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_TOKEN_FILENAME,
    InClusterConfigLoader,
)
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from controlplane import slices
from controlplane.errors import ControlPlaneError
from controlplane.slices import Endpoint, Slice
from greeter import log

# Where token and authority lie, if not where the kubelet puts them.
FOLDER = "CONTROLPLANE_SERVICE_ACCOUNT"
# The label with which the controller says whose a slice is (discovery/v1).
SERVICE_NAME = "kubernetes.io/service-name"
# A watch lasts this long, so that a connection that was lost in silence is noticed.
WATCH_SECONDS = 300
RETRY_SECONDS = 1.0
# Named or not, the API server says by these that a right is missing: no later try will help by itself.
REFUSED = frozenset({401, 403})

Told = Callable[[tuple[Endpoint, ...]], None]


def connect(kubeconfig: str | None = None) -> DiscoveryV1Api:
    """Return the client of the API server, as this pod's ServiceAccount.

    Args:
        kubeconfig: A file to use instead, for development outside a cluster.

    Raises:
        ControlPlaneError: This is no pod, or it has no token.
    """
    configuration = Configuration()
    try:
        if kubeconfig:
            load_kube_config(kubeconfig, client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            token, authority = _files()
            InClusterConfigLoader(token, authority).load_and_set(configuration)  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise ControlPlaneError(
            f"The API server cannot be asked ({error}); run as a pod whose ServiceAccount has "
            "automountServiceAccountToken, or name a --kubeconfig."
        ) from error
    # Failures are told and tried again here, not inside the client.
    configuration.retries = False
    return DiscoveryV1Api(ApiClient(configuration))


def _files() -> tuple[str, str]:
    folder = os.environ.get(FOLDER)
    if not folder:
        return SERVICE_TOKEN_FILENAME, SERVICE_CERT_FILENAME
    return str(Path(folder) / "token"), str(Path(folder) / "ca.crt")


def watch(api: DiscoveryV1Api, namespace: str, service: str, port: str, told: Told) -> None:
    """Call `told` in this event loop with a Service's ready endpoints: at once, then at each change.

    Args:
        api: Whom to ask.
        namespace: The Service's.
        service: Its name.
        port: The name of its port.
        told: Takes the endpoints.
    """
    loop = asyncio.get_running_loop()
    ended = threading.Event()

    def run() -> None:
        for found in follow(api, namespace, service, ended):
            try:
                loop.call_soon_threadsafe(told, slices.ready(found, port))
            except RuntimeError:
                ended.set()  # the loop is closed: the program ends

    # A daemon: it sits in a read that nothing but the end of the program interrupts.
    threading.Thread(target=run, name=f"endpoints of {service}", daemon=True).start()


def follow(
    api: DiscoveryV1Api, namespace: str, service: str, ended: threading.Event
) -> Iterator[list[Slice]]:
    """Yield a Service's EndpointSlices: those that are there, then all of them after each change.

    Look once, then watch from there. Whatever ends a watch (its time, a version that the server has
    forgotten, a lost connection), the next look makes good. Goes on until `ended` is set.
    """
    while not ended.is_set():
        try:
            yield from _look_and_watch(api, namespace, service)
        except (ApiException, HTTPError) as error:
            log.write(f"Endpoints: the API server did not tell: {_words(error, namespace)}")
            ended.wait(RETRY_SECONDS)


def _look_and_watch(api: DiscoveryV1Api, namespace: str, service: str) -> Iterator[list[Slice]]:
    selector = f"{SERVICE_NAME}={service}"
    listed: Any = api.list_namespaced_endpoint_slice(namespace, label_selector=selector)
    known = {item.metadata.name: _plain(api, item) for item in listed.items}
    yield list(known.values())
    events: Iterator[Any] = Watch().stream(  # type: ignore[no-untyped-call]
        api.list_namespaced_endpoint_slice,
        namespace,
        label_selector=selector,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=WATCH_SECONDS,
        _request_timeout=(5, WATCH_SECONDS + 5),
    )
    for event in events:
        item = event["raw_object"]
        known.pop(item["metadata"]["name"], None)
        if event["type"] != "DELETED":
            known[item["metadata"]["name"]] = item
        yield list(known.values())


def _plain(api: DiscoveryV1Api, item: Any) -> Slice:
    plain: Slice = api.api_client.sanitize_for_serialization(item)
    return plain


def _words(error: Exception, namespace: str) -> str:
    if isinstance(error, ApiException) and error.status in REFUSED:
        return (
            f"{error.status} {error.reason}; give this pod's ServiceAccount a Role with get, list and watch "
            f"of endpointslices in namespace {namespace}"
        )
    return f"{type(error).__name__} {error}"
