"""Rules of containers: ports, environment, probes, resources (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, forbidden, invalid, not_found, required, unsupported
from localcluster.objects import quantities
from localcluster.objects.validation import words
from localcluster.types import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("FallbackToLogsOnError", "File")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELD_PATHS = frozenset(
    {
        *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
        *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
    }
)
_KEYED_FIELD_PATH = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")
_PROBE_NUMBERS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def check(field: str, containers: list[Object], volumes: set[str], taken: set[str]) -> Iterator[FieldError]:
    """What is wrong with a list of containers; `taken` are names used before, and is added to."""
    for index, container in enumerate(containers):
        here = f"{field}[{index}]"
        yield from _container(here, container, volumes)
        name = container.get("name")
        if name in taken:
            yield duplicate(f"{here}.name", name)
        if name:
            taken.add(name)


def _container(field: str, container: Object, volumes: set[str]) -> Iterator[FieldError]:
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        yield required(f"{field}.name")
    else:
        yield from words.complain(f"{field}.name", name, words.dns_label(name))
    if not image:
        yield required(f"{field}.image")
    elif image.strip() != image:
        yield invalid(f"{field}.image", image, "must not have leading or trailing whitespace")
    message_policy = container.get("terminationMessagePolicy")
    if message_policy not in _MESSAGE_POLICIES:
        yield unsupported(f"{field}.terminationMessagePolicy", message_policy, _MESSAGE_POLICIES)
    yield from _ports(f"{field}.ports", container.get("ports") or [])
    yield from _environment(f"{field}.env", container.get("env") or [])
    yield from _environment_sources(f"{field}.envFrom", container.get("envFrom") or [])
    yield from _mounts(f"{field}.volumeMounts", container.get("volumeMounts") or [], volumes)
    policy = container.get("imagePullPolicy")
    if policy not in _PULL_POLICIES:
        yield unsupported(f"{field}.imagePullPolicy", policy, _PULL_POLICIES)
    yield from resources(f"{field}.resources", container.get("resources") or {})
    yield from _security(f"{field}.securityContext", container.get("securityContext") or {})
    yield from _hooks(f"{field}.lifecycle", container.get("lifecycle") or {})
    yield from _probes(field, container)


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


def _environment(field: str, variables: list[Object]) -> Iterator[FieldError]:
    for index, variable in enumerate(variables):
        here, name = f"{field}[{index}]", variable.get("name") or ""
        if not name:
            yield required(f"{here}.name")
        else:
            yield from words.complain(f"{here}.name", name, words.variable_name(name))
        if variable.get("valueFrom") is not None:
            yield from _value_from(f"{here}.valueFrom", variable)


def _value_from(field: str, variable: Object) -> Iterator[FieldError]:
    source = variable["valueFrom"]
    given = [word for word in _SOURCES if source.get(word) is not None]
    if not given:
        known = ", ".join(f"`{word}`" for word in _SOURCES[:-1])
        yield invalid(field, "", f"must specify one of: {known} or `{_SOURCES[-1]}`")
    elif variable.get("value"):
        yield invalid(field, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        yield invalid(field, "", "may not have more than one field specified at a time")
    for word in given:
        here, chosen = f"{field}.{word}", source[word]
        if word == "fieldRef":
            yield from _field_reference(here, chosen)
        elif word in ("configMapKeyRef", "secretKeyRef"):
            yield from _key_reference(here, chosen)
        elif word == "resourceFieldRef" and not chosen.get("resource"):
            yield required(f"{here}.resource")


def _field_reference(field: str, reference: Object) -> Iterator[FieldError]:
    path = reference.get("fieldPath") or ""
    if not path:
        yield required(f"{field}.fieldPath")
    elif path not in _FIELD_PATHS and not _KEYED_FIELD_PATH.fullmatch(path):
        why = f"error converting fieldPath: field label not supported: {path}"
        yield invalid(f"{field}.fieldPath", path, why)


def _key_reference(field: str, reference: Object) -> Iterator[FieldError]:
    if not reference.get("name"):
        yield required(f"{field}.name")
    if not reference.get("key"):
        yield required(f"{field}.key")
    else:
        yield from words.complain(f"{field}.key", reference["key"], words.config_key(reference["key"]))


def _environment_sources(field: str, sources: list[Object]) -> Iterator[FieldError]:
    for index, source in enumerate(sources):
        here = f"{field}[{index}]"
        given = [word for word in ("configMapRef", "secretRef") if source.get(word) is not None]
        if source.get("prefix"):
            yield from words.complain(
                f"{here}.prefix", source["prefix"], words.variable_name(source["prefix"])
            )
        if not given:
            yield invalid(here, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid(here, "", "may not have more than one field specified at a time")
        for word in given:
            if not source[word].get("name"):
                yield required(f"{here}.{word}.name")


def _mounts(field: str, mounts: list[Object], volumes: set[str]) -> Iterator[FieldError]:
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        here = f"{field}[{index}]"
        if not mount.get("name"):
            yield required(f"{here}.name")
        elif mount["name"] not in volumes:
            yield not_found(f"{here}.name", mount["name"])
        path = mount.get("mountPath")
        if not path:
            yield required(f"{here}.mountPath")
        elif path in paths:
            yield invalid(f"{here}.mountPath", path, "must be unique")
        paths.add(path or "")


def resources(field: str, demand: Object) -> Iterator[FieldError]:
    """What is wrong with requests and limits."""
    limits, requests = demand.get("limits") or {}, demand.get("requests") or {}
    for word, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in sorted(amounts.items()):
            here = f"{field}.{word}[{name}]"
            yield from words.complain(here, name, words.qualified_name(name))
            if "/" not in name and not _is_standard_resource(name):
                yield invalid(here, name, "must be a standard resource type or fully qualified")
                yield invalid(here, name, "must be a standard resource for containers")
            if quantities.parse(amount) < 0:
                yield invalid(here, amount, "must be greater than or equal to 0")
    for name, amount in sorted(requests.items()):
        if name in limits and quantities.parse(amount) > quantities.parse(limits[name]):
            why = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid(f"{field}.requests", amount, why)


def _is_standard_resource(name: str) -> bool:
    return name in ("cpu", "memory", "ephemeral-storage") or name.startswith("hugepages-")


def _security(field: str, security: Object) -> Iterator[FieldError]:
    for word in ("runAsUser", "runAsGroup"):
        yield from words.in_range(f"{field}.{word}", security.get(word), 0, 2**31 - 1)
    if security.get("allowPrivilegeEscalation") is False and security.get("privileged"):
        why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield invalid(field, security, why)


def _hooks(field: str, lifecycle: Object) -> Iterator[FieldError]:
    for word in ("postStart", "preStop"):
        if lifecycle.get(word) is not None:
            yield from _handler(f"{field}.{word}", lifecycle[word])


def _probes(field: str, container: Object) -> Iterator[FieldError]:
    for word in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(word)
        if probe is None:
            continue
        here = f"{field}.{word}"
        yield from _handler(here, probe)
        for number in _PROBE_NUMBERS:
            yield from words.not_negative(f"{here}.{number}", probe.get(number))
        grace = probe.get("terminationGracePeriodSeconds")
        if grace is not None and word == "readinessProbe":
            yield invalid(
                f"{here}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes"
            )
        elif grace is not None and grace <= 0:
            yield invalid(f"{here}.terminationGracePeriodSeconds", grace, "must be greater than 0")
        if word != "readinessProbe" and probe.get("successThreshold") != 1:
            yield invalid(f"{here}.successThreshold", probe.get("successThreshold"), "must be 1")


def _handler(field: str, handler: Object) -> Iterator[FieldError]:
    given = [word for word in _HANDLERS if handler.get(word) is not None]
    if not given:
        yield required(field, "must specify a handler type")
    for word in given[1:]:
        yield forbidden(f"{field}.{word}", "may not specify more than 1 handler type")
    for word in given[:1]:
        yield from _action(f"{field}.{word}", word, handler[word])


def _action(field: str, word: str, action: Object) -> Iterator[FieldError]:
    if word == "exec" and not action.get("command"):
        yield required(f"{field}.command")
    if word == "httpGet":
        if not action.get("path"):
            yield required(f"{field}.path")
        if action.get("scheme") not in ("HTTP", "HTTPS"):
            yield unsupported(f"{field}.scheme", action.get("scheme"), ("HTTP", "HTTPS"))
    if word in ("httpGet", "tcpSocket"):
        yield from words.port(f"{field}.port", action.get("port", 0))
    if word == "grpc":
        yield from words.port_number(f"{field}.port", action.get("port", 0))
