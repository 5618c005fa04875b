"""A lab: a cluster's context plus a namespace, where a notebook works."""

from __future__ import annotations

import copy
import html
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from kubernetes.client import (
    ApiClient,
    ApiException,
    AppsV1Api,
    Configuration,
    CoreV1Api,
    DiscoveryV1Api,
    NetworkingV1Api,
)
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.config.kube_config import KubeConfigMerger
from urllib3.exceptions import HTTPError

from helpers import cluster, interaction, rights
from helpers.errors import LabError, refusal
from helpers.objects import OURS, PART_OF, Object, Objects

DEFAULT_NAMESPACE = "grpc-lab"
# Marks a namespace that the lab made, and so may delete.
CREATED = "grpc-lab/created"
ANSWER_SECONDS = 5.0
GONE_SECONDS = 120.0


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
_agreed: set[tuple[str, str]] = set()


def current() -> Lab | None:
    """Return the lab that was connected last in this process."""
    return _current[-1] if _current else None


def connect(
    context: str | None = None,
    namespace: str | None = None,
    *,
    image_prefix: str | None = None,
    image_tag: str | None = None,
) -> Lab:
    """Connect to a cluster, and make the namespace if there is none (built in 00-setup, section 0.2).

    Without a context it is the local cluster, started if need be. A context that is named is shown with its
    server and asked for once; ``LAB_CONTEXT`` is the answer for runs without a person.

    Args:
        context: A context of your kubeconfig (``$KUBECONFIG``); ``$LAB_CONTEXT`` when None.
        namespace: Any namespace you may use; ``$LAB_NAMESPACE``, else ``grpc-lab``, when None.
        image_prefix: The greeter's image is ``<image_prefix>-greeter``; ``$LAB_IMAGE_PREFIX`` when None.
        image_tag: Its tag; ``$LAB_IMAGE_TAG`` when None.

    Returns:
        The lab.

    Raises:
        LabError: The context, the server or the namespace cannot be used.
    """
    named = context or os.environ.get("LAB_CONTEXT")
    configuration = _configuration(named)
    if named:
        _agree(named, configuration.host, asked=bool(context) and context != os.environ.get("LAB_CONTEXT"))
    lab = _lab(named, configuration, namespace, image_prefix, image_tag)
    rights.forget_notes()
    ensure_namespace(lab)
    _current[:] = [lab]
    return lab


def look(
    context: str | None,
    namespace: str | None,
    *,
    image_prefix: str | None = None,
    image_tag: str | None = None,
) -> Lab:
    """Connect as ``connect`` does, but ask nobody and make nothing.

    Raises:
        LabError: The context or the server cannot be used.
    """
    named = context or os.environ.get("LAB_CONTEXT")
    return _lab(named, _configuration(named), namespace, image_prefix, image_tag)


def server_of(context: str) -> str:
    """Return the address of a context's API server, without asking it anything.

    Raises:
        LabError: There is no such context.
    """
    return _configuration(context).host


def _lab(
    named: str | None,
    configuration: Configuration,
    namespace: str | None,
    image_prefix: str | None,
    image_tag: str | None,
) -> Lab:
    return Lab(
        context=named or cluster.CONTEXT,
        namespace=namespace or os.environ.get("LAB_NAMESPACE") or DEFAULT_NAMESPACE,
        server=configuration.host,
        server_version=_answer(configuration, named),
        api=ApiClient(configuration),
        image_prefix=image_prefix or os.environ.get("LAB_IMAGE_PREFIX") or None,
        image_tag=image_tag or os.environ.get("LAB_IMAGE_TAG") or None,
    )


def _configuration(context: str | None) -> Configuration:
    """Return the client's configuration for a context, or for the local cluster when none is named."""
    file = kubeconfig()
    if context is None:
        file, context = str(cluster.start()), cluster.CONTEXT
    configuration = Configuration()
    try:
        known = contexts(file)
        if context in known:
            load_kube_config(  # type: ignore[no-untyped-call]
                file, context, client_configuration=configuration, persist_config=False
            )
            return configuration
    except ConfigException as error:
        raise LabError(
            f"No cluster can be read from the kubeconfig {file} ({error}); set KUBECONFIG, or call connect() "
            "without a context for the local cluster."
        ) from error
    raise LabError(
        f'There is no context "{context}" in {file}; it has: {", ".join(sorted(known)) or "none"}.'
    )


def kubeconfig() -> str:
    """Return the kubeconfig of named contexts; may be several files, as kubectl reads them."""
    return os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")


def contexts(file: str) -> dict[str, Object]:
    """Return the contexts of a kubeconfig by name; unlike the client's own, also where none is current.

    Raises:
        ConfigException: There is no such file, or it is no kubeconfig.
    """
    merged = KubeConfigMerger(file).config  # type: ignore[no-untyped-call]
    if merged is None:
        raise ConfigException(f"no such file: {file}")
    return {str(entry.value["name"]): dict(entry.value["context"]) for entry in merged.value["contexts"]}


def _agree(context: str, server: str, *, asked: bool) -> None:
    """Show a named context with its server and ask once whether it is meant.

    Raises:
        LabError: It is not.
    """
    if not asked or (context, server) in _agreed:
        return
    answer = interaction.ask(f"Use context {context} at {server}? [y/N] ")
    if answer is not None and answer.strip().lower() not in {"y", "yes"}:
        raise LabError(f"Context {context} at {server} was not agreed to; nothing was changed there.")
    _agreed.add((context, server))


def _answer(configuration: Configuration, context: str | None) -> str:
    """Return the server's version; soon fail where nobody answers or we are not known."""
    once = copy.copy(configuration)
    # The client would try three more times, each as long.
    once.retries = False
    where = f"{configuration.host}" + (f" (context {context})" if context else "")
    try:
        with ApiClient(once) as api:
            told = Objects(api).request("GET", "/version", timeout=(ANSWER_SECONDS, ANSWER_SECONDS))
            return str(told["gitVersion"])
    except HTTPError as error:
        raise LabError(
            f"The API server {where} does not answer ({_reason(error)}); is the cluster running, and is this "
            "machine on its network?"
        ) from error
    except ApiException as error:
        if error.status == 0:
            raise LabError(
                f"The API server {where} shows a certificate that the kubeconfig does not trust."
            ) from error
        if error.status == 403 and rights.ANONYMOUS not in refusal(error):
            # Everybody may ask for the version unless somebody took that right away; it is only shown.
            return "(version not told)"
        if error.status not in {401, 403}:
            raise LabError(
                f"{where} does not answer as a Kubernetes API server does ({error.status} {refusal(error)}); "
                "is it the right address?"
            ) from error
        raise LabError(
            f"The API server {where} refuses these credentials ({error.status} {refusal(error)}); "
            "renew them, for instance by logging in again."
        ) from error


def _reason(error: BaseException) -> str:
    """Return the operating system's words, which urllib3 puts last."""
    return str(error).rpartition(": ")[2].strip(" ()") or type(error).__name__


def ensure_namespace(lab: Lab) -> None:
    """Make the lab's namespace unless there is one; one that is being deleted is waited for."""
    try:
        found = lab.objects.get("Namespace", "", lab.namespace)
    except ApiException as error:
        if error.status == 403:
            return  # may be used without being read; if it is not there, the first apply will tell
        raise LabError(f"Namespace {lab.namespace} cannot be read: {refusal(error)}") from error
    if found and found.get("status", {}).get("phase") == "Terminating":
        wait_namespace_gone(lab, time.monotonic() + GONE_SECONDS)
        found = None
    if found is None:
        _create_namespace(lab)


def _create_namespace(lab: Lab) -> None:
    try:
        lab.objects.create(_namespace(lab.namespace), "")
    except ApiException as error:
        if error.status == 409:
            return  # somebody was quicker
        raise LabError(
            f"There is no namespace {lab.namespace}, and it cannot be made ({refusal(error)}); "
            "name one that you may use: connect(namespace=...)."
        ) from error


def _namespace(name: str) -> Object:
    metadata = {"name": name, "labels": {PART_OF: OURS}, "annotations": {CREATED: "true"}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def created_by_lab(lab: Lab) -> bool:
    """Whether the lab made its namespace, and so may delete it."""
    try:
        found = lab.objects.get("Namespace", "", lab.namespace)
    except ApiException:
        return False
    return found is not None and (found["metadata"].get("annotations") or {}).get(CREATED) == "true"


def wait_namespace_gone(lab: Lab, deadline: float) -> None:
    """Wait until the lab's namespace does not exist.

    Raises:
        LabError: It still does at the deadline; the message says what holds it.
    """
    states: list[Object] = []
    fields = f"metadata.name={lab.namespace}"
    for states in lab.objects.follow("Namespace", "", fields=fields, deadline=deadline):
        if not states:
            return
    conditions = states[0].get("status", {}).get("conditions") or [] if states else []
    held = "; ".join(str(item.get("message")) for item in conditions if item.get("status") == "True")
    raise LabError(
        f"Namespace {lab.namespace} is still being deleted ({held or 'the cluster gives no reason'}); "
        "wait and try again."
    )
