"""Whether a variant's clients have been answered: the moment from which a measurement means something.

A pod is ready before its Service is: kube-proxy needs 0.5 to 2 s to program a new one (measured on Kubernetes
1.36 in iptables mode, November 2026), and until then the clients log "Connection refused". Pods' readiness
does not depend on any of this.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from kubernetes.client import ApiException
from kubernetes.watch.watch import iter_resp_lines
from urllib3.exceptions import HTTPError

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT, CLIENT_PREFIX
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.progress import bar
from helpers.lab.rbac import Rule, denied, note

ANSWER_SECONDS = 30.0
# What the log line of an answered greeting holds, and of no other.
ANSWER = ' Greeting: "'
# How soon a log that broke off is read again.
LOOK_SECONDS = 1


def is_client(deployment: Object) -> bool:
    """Whether a Deployment's pods are clients that greet."""
    return name_of(deployment).startswith(CLIENT_PREFIX)


def wait_answered(lab: Lab, deployments: Iterable[Object], deadline: float) -> list[str]:
    """Wait until each pod of these clients has logged an answered greeting.

    Args:
        lab: Where.
        deployments: Clients whose pods are ready.
        deadline: When to give up, as ``time.monotonic()`` counts.

    Returns:
        The pods without an answer at the deadline. Where logs may not be read this is said once, and nothing
        is waited for.
    """
    clients = [item for item in deployments if is_client(item)]
    silent: list[str] = []
    try:
        with bar(len(clients), "first greetings", "clients") as reached:
            for count, client in enumerate(clients, start=1):
                silent += _wait_client(lab, client, deadline)
                reached(count)
    except ApiException as error:
        if error.status != 403:
            raise
        note("Whether the clients are answered is not known", error)
    return silent


def _wait_client(lab: Lab, deployment: Object, deadline: float) -> list[str]:
    labels = deployment["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    answered: set[str] = set()
    silent: list[str] = []
    for pods in lab.objects.follow(
        "Pod", lab.namespace, labels=selector, deadline=deadline, window=LOOK_SECONDS
    ):
        names = sorted(map(name_of, pod_status.live(pods)))
        answered.update(name for name in names if name not in answered and _is_answered(lab, name, deadline))
        silent = [name for name in names if name not in answered]
        if not silent:
            break
    return silent


def _is_answered(lab: Lab, pod: str, deadline: float) -> bool:
    """Whether a log has an answered greeting; follows it until there is one, it ends, or the time is up."""
    left = deadline - time.monotonic()
    try:
        response: Any = lab.core.read_namespaced_pod_log(
            pod,
            lab.namespace,
            container=CLIENT,
            follow=left > 0,
            _preload_content=False,
            _request_timeout=(5.0, max(left, 0) + 5.0),
        )
        try:
            return _has_answer(response, deadline if left > 0 else None)
        finally:
            response.close()
    except ApiException as error:
        if error.status in {400, 404}:
            return False  # its container has not started, or it is gone
        raise denied(error, Rule("get", "pods/log", namespace=lab.namespace)) or error from error
    except HTTPError:
        return False


def _has_answer(response: Any, deadline: float | None) -> bool:
    for line in iter_resp_lines(response):  # type: ignore[no-untyped-call]
        if ANSWER in line:
            return True
        if deadline is not None and time.monotonic() >= deadline:
            return False
    return False
