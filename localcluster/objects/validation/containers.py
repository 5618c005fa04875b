"""Rules of containers: names, ports, resources (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, invalid, required
from localcluster.objects import quantities
from localcluster.objects.validation import environment, handlers, words
from localcluster.types import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def check(spec: Object, field: str) -> Iterator[FieldError]:
    """What is wrong with the containers of a pod's specification; `field` is the specification."""
    grace, names = spec.get("terminationGracePeriodSeconds"), set[str]()
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{field}.containers")
    for index, container in enumerate(containers):
        here = f"{field}.containers[{index}]"
        yield from _common(here, container)
        yield from _only_once(here, container, names)
        yield from handlers.check(here, container, grace)


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


def _common(field: str, container: Object) -> Iterator[FieldError]:
    name = container.get("name") or ""
    yield from words.demand(f"{field}.name", name, words.dns_label(name))
    if not container.get("image"):
        yield required(f"{field}.image")
    message_policy = container.get("terminationMessagePolicy")
    yield from words.one_of(f"{field}.terminationMessagePolicy", message_policy, _MESSAGE_POLICIES)
    yield from _ports(f"{field}.ports", container.get("ports") or [])
    yield from environment.variables(f"{field}.env", container.get("env") or [])
    yield from environment.sources(f"{field}.envFrom", container.get("envFrom") or [])
    yield from words.one_of(f"{field}.imagePullPolicy", container.get("imagePullPolicy"), _PULL_POLICIES)
    yield from resources(f"{field}.resources", container.get("resources") or {})
    yield from _security(f"{field}.securityContext", container.get("securityContext") or {})


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
        yield from words.one_of(f"{here}.protocol", port.get("protocol"), PROTOCOLS)


def resources(field: str, demand: Object) -> Iterator[FieldError]:
    """What is wrong with requests and limits."""
    limits, requests = demand.get("limits") or {}, demand.get("requests") or {}
    for name, amount in sorted(limits.items()):
        yield from _amount(f"{field}.limits[{name}]", name, amount)
    for name, amount in sorted(requests.items()):
        yield from _amount(f"{field}.requests[{name}]", name, amount)
        limit = limits.get(name)
        if limit is not None and quantities.parse(amount) > quantities.parse(limit):
            why = f"must be less than or equal to {name} limit of {limit}"
            yield invalid(f"{field}.requests", amount, why)


def _amount(field: str, name: str, amount: str) -> Iterator[FieldError]:
    yield from words.complain(field, name, words.qualified_name(name))
    if "/" not in name and name not in _RESOURCES:
        yield invalid(field, name, "must be a standard resource type or fully qualified")
        yield invalid(field, name, "must be a standard resource for containers")
    if quantities.parse(amount) < 0:
        yield invalid(field, amount, "must be greater than or equal to 0")


def _security(field: str, security: Object) -> Iterator[FieldError]:
    for word in ("runAsUser", "runAsGroup"):
        yield from words.in_range(f"{field}.{word}", security.get(word), 0, 2**31 - 1)
    if security.get("allowPrivilegeEscalation") is False and security.get("privileged"):
        why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield invalid(field, security, why)
