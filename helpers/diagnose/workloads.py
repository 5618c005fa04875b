"""What makes pods: Deployments and all that has a pod template, and pods that nobody here makes."""

from __future__ import annotations

import re
from typing import Any

from helpers.deploy.manifests import split_image
from helpers.diagnose.inventory import Inventory, at, each, mapping, name_of, number, texts
from helpers.lab.objects import Object

JOBS = ("Job", "CronJob")
SCALERS = {"HorizontalPodAutoscaler": ("maxReplicas", None), "ScaledObject": ("maxReplicaCount", 100)}
# Programs that take requests and pass each on: a client's one connection to them is not its one pod. By the
# words of their images' names; a control plane of one (``envoy-control-plane``) is a server like any other.
PROXIES = {"ambassador", "apisix", "caddy", "contour", "emissary", "envoy", "haproxy", "kong", "linkerd"}
PROXIES |= {"nginx", "openresty", "pomerium", "proxyv2", "skipper", "traefik"}
CONTROL = {"control", "controlplane", "xds"}
SIDECARS = re.compile(r"istio-proxy|linkerd-proxy|kuma-sidecar|consul-dataplane|envoy-sidecar")


def path_of(item: Object) -> tuple[str, ...]:
    """Return where an object's pod template stands in it."""
    if item.get("kind") == "Pod":
        return ()
    if item.get("kind") == "CronJob":
        return "spec", "jobTemplate", "spec", "template"
    return "spec", "template"


def template(item: Object) -> Object:
    """Return the pod template of an object; a pod is its own."""
    return mapping(item, *path_of(item))


def labels(item: Object) -> dict[str, str]:
    """Return the labels that an object's pods have."""
    return texts(template(item), "metadata", "labels")


def containers(item: Object) -> list[Object]:
    """Return the containers of an object's pods, without those that only run at the start."""
    return each(template(item), "spec", "containers")


def container_field(item: Object, index: int, name: str) -> str:
    """Return the path of a container's field, as kubectl writes it."""
    return ".".join((*path_of(item), "spec", f"containers[{index}]", name))


def workloads(inventory: Inventory, namespace: str | None = None) -> list[Object]:
    """Return what makes pods, each pod once: one that a listed object makes is not listed itself."""
    found = [
        item
        for item in inventory.items
        if containers(item) and (namespace is None or inventory.namespace_of(item) == namespace)
    ]
    makers = [item for item in found if item.get("kind") not in {"Pod", "ReplicaSet", *JOBS}]
    return [item for item in found if not _is_made(item, makers, inventory)]


def _is_made(item: Object, makers: list[Object], inventory: Inventory) -> bool:
    if item.get("kind") not in {"Pod", "ReplicaSet"} or not each(item, "metadata", "ownerReferences"):
        return False
    return any(
        inventory.namespace_of(maker) == inventory.namespace_of(item)
        and (chosen := selector(maker))
        and chosen.items() <= labels(item).items()
        for maker in makers
    )


def selector(item: Object) -> dict[str, str]:
    """Return the labels by which an object chooses pods: a Deployment's, or a Service's."""
    return texts(item, "spec", "selector", "matchLabels") or {
        key: value for key, value in texts(item, "spec", "selector").items() if key != "matchLabels"
    }


def behind(service: Object, inventory: Inventory) -> list[Object]:
    """Return what makes the pods that a Service selects."""
    chosen = texts(service, "spec", "selector")
    if not chosen:
        return []
    return [
        item
        for item in workloads(inventory, inventory.namespace_of(service))
        if item.get("kind") not in JOBS and chosen.items() <= labels(item).items()
    ]


def replicas(item: Object, inventory: Inventory) -> int | None:
    """Return how many pods an object has or may get; None where it is unknown, such as ``${REPLICAS}``."""
    if item.get("kind") == "Pod":
        return 1
    if item.get("kind") == "DaemonSet":
        return 2  # one on every node; how many nodes there are is nobody's promise
    stated = at(item, "spec", "replicas")
    most = [1 if stated is None else number(stated)]
    most += [_most(scaler) for scaler in scalers(item, inventory)]
    known = [one for one in most if one is not None]
    return max(known) if known else None


def scalers(item: Object, inventory: Inventory) -> list[Object]:
    """Return the autoscalers that set an object's number of pods."""
    found = inventory.of(*SCALERS, namespace=inventory.namespace_of(item))
    return [
        one
        for one in found
        if at(one, "spec", "scaleTargetRef", "name") == name_of(item)
        and at(one, "spec", "scaleTargetRef", "kind") in {None, item.get("kind")}
    ]


def _most(scaler: Object) -> int | None:
    name, default = SCALERS[str(scaler["kind"])]
    return number(at(scaler, "spec", name)) or default


def is_proxy(item: Object) -> bool:
    """Whether an object's pods hold a proxy and nothing else."""
    words = [_image_words(one) for one in containers(item)]
    return bool(words) and all(found & PROXIES and not found & CONTROL for found in words)


def _image_words(container: Object) -> set[str]:
    last = split_image(str(container.get("image") or ""))[0].rpartition("/")[2]
    return set(re.split(r"[-_.]", last.lower()))


def has_sidecar(item: Object) -> bool:
    """Whether an object's pods already hold a mesh's proxy beside their program."""
    every = [*containers(item), *each(template(item), "spec", "initContainers")]
    return any(SIDECARS.search(str(one.get("name"))) for one in every)


# --- ports --------------------------------------------------------------------------------------------------


def serving(item: Object, target: Any) -> tuple[int, Object] | None:
    """Return index and container of the pod that owns a target port; the first one if none says."""
    every = containers(item)
    for index, container in enumerate(every):
        if any(target in {one.get("name"), one.get("containerPort")} for one in each(container, "ports")):
            return index, container
    own = [(index, one) for index, one in enumerate(every) if not SIDECARS.search(str(one.get("name")))]
    return own[0] if own else None


def port_numbers(item: Object, target: Any) -> set[int]:
    """Return the numbers that a target port has in an object's pods; none where its name is not found."""
    if (given := number(target)) is not None:
        return {given}
    every = [*containers(item), *each(template(item), "spec", "initContainers")]
    found = (
        number(one.get("containerPort"))
        for c in every
        for one in each(c, "ports")
        if one.get("name") == target
    )
    return {one for one in found if one is not None}
