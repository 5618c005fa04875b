"""Rules of containers: names, ports, mounts, resources (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, forbidden, invalid, not_found, required, unsupported
from localcluster.objects import quantities
from localcluster.objects.validation import environment, handlers, words
from localcluster.types import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_HUGE_PAGES = "hugepages-"
_ONLY_OF_SIDECARS = "may not be set for init containers without restartPolicy=Always"


def check(spec: Object, field: str, volumes: set[str]) -> Iterator[FieldError]:
    """What is wrong with the containers of a pod's specification, and with those that begin before them.

    Args:
        spec: The specification, defaulted.
        field: The same.
        volumes: Names of its volumes.
    """
    grace, names = spec.get("terminationGracePeriodSeconds"), set[str]()
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{field}.containers")
    for index, container in enumerate(containers):
        here = f"{field}.containers[{index}]"
        yield from _common(here, container, volumes)
        yield from _only_once(here, container, names)
        yield from handlers.check(here, container, grace)
    yield from _host_ports(f"{field}.containers", containers)
    for index, container in enumerate(spec.get("initContainers") or []):
        here = f"{field}.initContainers[{index}]"
        yield from _common(here, container, volumes)
        yield from _only_once(here, container, names)
        yield from _init(here, container, grace)


def untrimmed_images(spec: Object, field: str) -> Iterator[FieldError]:
    """Images with space around them, which only a pod refuses, not a template."""
    for word in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(word) or []):
            image = container.get("image") or ""
            if image.strip() != image:
                why = "must not have leading or trailing whitespace"
                yield invalid(f"{field}.{word}[{index}].image", image, why)


def _only_once(field: str, container: Object, names: set[str]) -> Iterator[FieldError]:
    name = container.get("name") or ""
    if name in names:
        yield duplicate(f"{field}.name", name)
    names.add(name)


def _init(field: str, container: Object, grace: int | None) -> Iterator[FieldError]:
    if container.get("restartPolicy") == "Always":
        yield from handlers.check(field, container, grace)
        return
    for word in ("lifecycle", *handlers.PROBES):
        if container.get(word) is not None:
            yield forbidden(f"{field}.{word}", _ONLY_OF_SIDECARS)


def _common(field: str, container: Object, volumes: set[str]) -> Iterator[FieldError]:
    name = container.get("name") or ""
    yield from words.demand(f"{field}.name", name, words.dns_label(name))
    if not container.get("image"):
        yield required(f"{field}.image")
    message_policy = container.get("terminationMessagePolicy")
    if message_policy not in _MESSAGE_POLICIES:
        yield unsupported(f"{field}.terminationMessagePolicy", message_policy, _MESSAGE_POLICIES)
    yield from _ports(f"{field}.ports", container.get("ports") or [])
    yield from environment.variables(f"{field}.env", container.get("env") or [])
    yield from environment.sources(f"{field}.envFrom", container.get("envFrom") or [])
    yield from _mounts(f"{field}.volumeMounts", container.get("volumeMounts") or [], volumes)
    policy = container.get("imagePullPolicy")
    if policy not in _PULL_POLICIES:
        yield unsupported(f"{field}.imagePullPolicy", policy, _PULL_POLICIES)
    yield from resources(f"{field}.resources", container.get("resources") or {})
    yield from _security(f"{field}.securityContext", container.get("securityContext") or {})
    if container.get("restartPolicy") not in (None, *_RESTART_POLICIES):
        yield unsupported(f"{field}.restartPolicy", container["restartPolicy"], _RESTART_POLICIES)


def _ports(field: str, ports: list[Object]) -> Iterator[FieldError]:
    names: set[str] = set()
    for index, port in enumerate(ports):
        here, name = f"{field}[{index}]", port.get("name")
        if name:
            complaints = words.port_name(name)
            yield from words.complain(f"{here}.name", name, complaints)
            if not complaints and name in names:
                yield duplicate(f"{here}.name", name)
            names.add(name)
        if not port.get("containerPort"):
            yield required(f"{here}.containerPort")
        else:
            yield from words.port_number(f"{here}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            yield from words.port_number(f"{here}.hostPort", port["hostPort"])
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"{here}.protocol", port.get("protocol"), PROTOCOLS)


def _host_ports(field: str, containers: list[Object]) -> Iterator[FieldError]:
    """No two containers of a pod can have the same port of the node."""
    seen: set[str] = set()
    for index, container in enumerate(containers):
        for at, port in enumerate(container.get("ports") or []):
            key = f"{port.get('protocol')}/{port.get('hostIP', '')}/{port.get('hostPort')}"
            if port.get("hostPort") and key in seen:
                yield duplicate(f"{field}[{index}].ports[{at}].hostPort", key)
            seen.add(key)


def _mounts(field: str, mounts: list[Object], volumes: set[str]) -> Iterator[FieldError]:
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        here, name, path = f"{field}[{index}]", mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            yield required(f"{here}.name")
        if name not in volumes:
            yield not_found(f"{here}.name", name)
        if not path:
            yield required(f"{here}.mountPath")
        if path in paths:
            yield invalid(f"{here}.mountPath", path, "must be unique")
        paths.add(path)


def resources(field: str, demand: Object) -> Iterator[FieldError]:
    """What is wrong with requests and limits."""
    limits, requests = demand.get("limits") or {}, demand.get("requests") or {}
    for name, amount in sorted(limits.items()):
        yield from _amount(f"{field}.limits[{name}]", name, amount)
    for name, amount in sorted(requests.items()):
        yield from _amount(f"{field}.requests[{name}]", name, amount)
        yield from _within(field, name, amount, limits.get(name))


def _amount(field: str, name: str, amount: str) -> Iterator[FieldError]:
    yield from words.complain(field, name, words.qualified_name(name))
    if "/" not in name and not _is_standard_resource(name):
        yield invalid(field, name, "must be a standard resource type or fully qualified")
        yield invalid(field, name, "must be a standard resource for containers")
    number = quantities.parse(amount)
    if number < 0:
        yield invalid(field, amount, "must be greater than or equal to 0")
    if _is_extended(name) and number % 1:
        yield invalid(field, amount, "must be an integer")


def _within(field: str, name: str, amount: str, limit: str | None) -> Iterator[FieldError]:
    """A request is at most its limit, and just that where a node cannot promise more than it has."""
    if limit is None:
        if _is_extended(name) or name.startswith(_HUGE_PAGES):
            yield required(f"{field}.limits", "Limit must be set for non overcommitable resources")
        return
    wanted, most = quantities.parse(amount), quantities.parse(limit)
    if wanted != most and (_is_extended(name) or name.startswith(_HUGE_PAGES)):
        yield invalid(f"{field}.requests", amount, f"must be equal to {name} limit of {limit}")
    elif wanted > most:
        yield invalid(f"{field}.requests", amount, f"must be less than or equal to {name} limit of {limit}")


def _is_standard_resource(name: str) -> bool:
    return name in ("cpu", "memory", "ephemeral-storage") or name.startswith(_HUGE_PAGES)


def _is_extended(name: str) -> bool:
    """Whether a resource is none of Kubernetes' own (`IsExtendedResourceName`)."""
    return "/" in name and "kubernetes.io/" not in name


def _security(field: str, security: Object) -> Iterator[FieldError]:
    for word in ("runAsUser", "runAsGroup"):
        yield from words.in_range(f"{field}.{word}", security.get(word), 0, 2**31 - 1)
    if security.get("allowPrivilegeEscalation") is False and security.get("privileged"):
        why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield invalid(field, security, why)
