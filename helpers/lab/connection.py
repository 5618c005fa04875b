"""Connects to the local cluster or to a named context, and makes a lab of it."""

from __future__ import annotations

import copy
import os

from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.config import ConfigException, load_kube_config
from urllib3.exceptions import HTTPError

from helpers.lab import cluster, image_tags, prompt, proxies, rbac
from helpers.lab.errors import LabError, refusal
from helpers.lab.kubeconfig import contexts, kubeconfig, lead_kubectl
from helpers.lab.lab import Lab, make_current
from helpers.lab.namespace import ensure_namespace
from helpers.lab.objects import Objects

DEFAULT_NAMESPACE = "grpc-lab"
ANSWER_SECONDS = 5.0


_agreed: set[tuple[str, str]] = set()


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
        image_tag: Its tag; when None ``$LAB_IMAGE_TAG``, else that of the last ``python -m helpers build`` of
            this user for the context and the prefix.

    Returns:
        The lab.

    Raises:
        LabError: The context, the server or the namespace cannot be used.
    """
    named = context or os.environ.get("LAB_CONTEXT")
    asked = bool(context) and context != os.environ.get("LAB_CONTEXT")
    file, context = _find(named)
    configuration = _configuration(file, context)
    if named:
        _agree(named, configuration.host, asked=asked)
    lab = _lab(named, configuration, namespace, image_prefix, image_tag)
    rbac.forget_notes()
    ensure_namespace(lab)
    make_current(lab)
    if prompt.in_notebook():
        print(lead_kubectl(file, lab.context, lab.namespace))  # noqa: T201 - for the reader of the cell
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
    return _lab(named, _configuration(*_find(named)), namespace, image_prefix, image_tag)


def server_of(context: str) -> str:
    """Return the address of a context's API server, without asking it anything.

    Raises:
        LabError: There is no such context.
    """
    return _configuration(*_find(context)).host


def _lab(
    named: str | None,
    configuration: Configuration,
    namespace: str | None,
    image_prefix: str | None,
    image_tag: str | None,
) -> Lab:
    prefix = image_prefix or os.environ.get("LAB_IMAGE_PREFIX") or None
    tag = image_tag or os.environ.get("LAB_IMAGE_TAG") or None
    return Lab(
        context=named or cluster.CONTEXT,
        namespace=namespace or os.environ.get("LAB_NAMESPACE") or DEFAULT_NAMESPACE,
        server=configuration.host,
        server_version=_answer(configuration, named),
        api=ApiClient(configuration),
        image_prefix=prefix,
        image_tag=tag or image_tags.recorded(named, prefix),
    )


def _find(named: str | None) -> tuple[str, str]:
    """Return a kubeconfig and a context of it; those of the local cluster, started, when none is named."""
    return (kubeconfig(), named) if named else (str(cluster.start()), cluster.CONTEXT)


def _configuration(file: str, context: str) -> Configuration:
    """Return the client's configuration for a context of a kubeconfig."""
    proxies.spare_loopback()
    configuration = Configuration()
    configuration.proxy = None  # so that it is the kubeconfig's, if any, once that is read
    try:
        known = contexts(file)
        if context in known:
            load_kube_config(  # type: ignore[no-untyped-call]
                file, context, client_configuration=configuration, persist_config=False
            )
            proxies.choose(configuration)
            return configuration
    except ConfigException as error:
        raise LabError(
            f"No cluster can be read from the kubeconfig {file} ({error}); set KUBECONFIG, or call connect() "
            "without a context for the local cluster."
        ) from error
    raise LabError(
        f'There is no context "{context}" in {file}; it has: {", ".join(sorted(known)) or "none"}.'
    )


def _agree(context: str, server: str, *, asked: bool) -> None:
    """Show a named context with its server and ask once whether it is meant.

    Raises:
        LabError: It is not.
    """
    if not asked or (context, server) in _agreed:
        return
    answer = prompt.ask(f"Use context {context} at {server}? [y/N] ")
    if answer is not None and answer.strip().lower() not in {"y", "yes"}:
        raise LabError(f"Context {context} at {server} was not agreed to; nothing was changed there.")
    _agreed.add((context, server))


def _answer(configuration: Configuration, context: str | None) -> str:
    """Return the server's version; soon fail where nobody answers or we are not known."""
    once = copy.copy(configuration)
    # The client would try three more times, each as long.
    once.retries = False
    where = f"{configuration.host}" + (f" (context {context})" if context else "")
    remedy = ""
    if proxy := proxies.chosen(configuration):
        where, remedy = f"{where} through {proxy},", f" {proxy.remedy(configuration.host)}"
    try:
        with ApiClient(once) as api:
            told = Objects(api).request("GET", "/version", timeout=(ANSWER_SECONDS, ANSWER_SECONDS))
            return str(told["gitVersion"])
    except HTTPError as error:
        raise LabError(
            f"The API server {where} does not answer ({_reason(error)}); is the cluster running, and is this "
            f"machine on its network?{remedy}"
        ) from error
    except ApiException as error:
        if error.status == 0:
            raise LabError(
                f"The API server {where} shows a certificate that the kubeconfig does not trust."
            ) from error
        if error.status == 403 and rbac.ANONYMOUS not in refusal(error):
            # Everybody may ask for the version unless somebody took that right away; it is only shown.
            return "(version not told)"
        if error.status not in {401, 403}:
            raise LabError(
                f"{where} does not answer as a Kubernetes API server does ({error.status} {refusal(error)}); "
                f"is it the right address?{remedy}"
            ) from error
        raise LabError(
            f"The API server {where} refuses these credentials ({error.status} {refusal(error)}); "
            "renew them, for instance by logging in again."
        ) from error


def _reason(error: BaseException) -> str:
    """Return the operating system's words, which urllib3 puts last."""
    return str(error).rpartition(": ")[2].strip(" ()'\"") or type(error).__name__
