"""A container's environment: what the kubelet makes of ``env``, ``envFrom`` and the Services around the pod.

Order and rules follow ``makeEnvironmentVariables`` in ``k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go``.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping

from localcluster.types import Object

Lookup = Callable[[str, str], Object | None]
"""Finds a ConfigMap or Secret of the pod's namespace by kind and name."""

# What an environment variable may be called (IsEnvVarName since Kubernetes 1.30 allows all but "=").
_NAME = re.compile(r"[\x20-\x3c\x3e-\x7e]+")
_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_WORDS = {"ConfigMap": "configmap", "Secret": "secret"}


class ConfigError(Exception):
    """The environment cannot be made yet; the text is the kubelet's."""


def variables(container: Object, pod: Object, lookup: Lookup, services: Mapping[str, str]) -> dict[str, str]:
    """Compute the variables of one container.

    Args:
        container: its specification.
        pod: the pod, with ``status.podIP`` and ``status.hostIP`` set.
        lookup: finds ConfigMaps and Secrets.
        services: variables of the Services (see ``service_variables``); the container's own win.

    Raises:
        ConfigError: a ConfigMap, Secret or key that is not optional is missing.
    """
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        found |= _everything(source, lookup)
    for entry in container.get("env") or []:
        value = entry.get("value") or ""
        if value:
            found[entry["name"]] = expand(value, {**services, **found})
        elif (chosen := _from(entry.get("valueFrom") or {}, pod, lookup)) is not None:
            found[entry["name"]] = chosen
    return {**services, **found}


def expand(text: str, known: Mapping[str, str]) -> str:
    """Replace each ``$(NAME)`` that is known; ``$$`` stands for one ``$``, anything else stays as it is."""

    def chosen(match: re.Match[str]) -> str:
        name = match.group(1)
        return "$" if name is None else known.get(name, match.group())

    return _REFERENCE.sub(chosen, text)


def _everything(source: Object, lookup: Lookup) -> dict[str, str]:
    """All keys of a ConfigMap or Secret that can be names of variables."""
    kind = "ConfigMap" if "configMapRef" in source else "Secret"
    reference = source.get("configMapRef") or source.get("secretRef") or {}
    held = lookup(kind, reference.get("name", ""))
    if held is None:
        if reference.get("optional"):
            return {}
        raise ConfigError(f'{_WORDS[kind]} "{reference.get("name", "")}" not found')
    prefix = source.get("prefix") or ""
    named = {prefix + key: value for key, value in _data(kind, held).items()}
    return {name: value for name, value in named.items() if _NAME.fullmatch(name)}


def _from(source: Object, pod: Object, lookup: Lookup) -> str | None:
    """The value a source gives; None when it is optional and missing."""
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"])
    for word, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if word in source:
            return _key(kind, source[word], pod, lookup)
    return ""


def _key(kind: str, reference: Object, pod: Object, lookup: Lookup) -> str | None:
    name, key = reference.get("name", ""), reference["key"]
    held = lookup(kind, name)
    value = None if held is None else _data(kind, held).get(key)
    if value is not None or reference.get("optional"):
        return value
    if held is None:
        raise ConfigError(f'{_WORDS[kind]} "{name}" not found')
    raise ConfigError(f"couldn't find key {key} in {kind} {pod['metadata']['namespace']}/{name}")


def _data(kind: str, held: Object) -> dict[str, str]:
    data: dict[str, str] = held.get("data") or {}
    if kind == "ConfigMap":
        return data
    return {key: base64.b64decode(value).decode("utf-8", "surrogateescape") for key, value in data.items()}


def field(pod: Object, path: str) -> str:
    """The value of a field that the downward API offers to environment variables.

    Raises:
        ConfigError: it offers no such field.
    """
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    if match := _SUBSCRIPT.fullmatch(path):
        return str((meta.get(match.group(1)) or {}).get(match.group(2), ""))
    offered = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.hostIP": status.get("hostIP", ""),
        "status.hostIPs": status.get("hostIP", ""),
        "status.podIP": status.get("podIP", ""),
        "status.podIPs": status.get("podIP", ""),
    }
    if path not in offered:
        raise ConfigError(f"unsupported fieldPath: {path}")
    return str(offered[path])


def service_variables(pod: Object, services: Iterable[Object], api: tuple[str, int]) -> dict[str, str]:
    """The variables that tell a pod where the Services of its namespace are, and where the API is.

    The API's Service is listed with the API's own address: port 443 cannot be had without privileges here.
    """
    host, port = api
    spec: Object = {"clusterIP": host, "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}
    found = _service("kubernetes", spec)
    if pod["spec"].get("enableServiceLinks") is False:
        return found
    for service in services:
        if service["metadata"]["name"] != "kubernetes":
            found |= _service(service["metadata"]["name"], service["spec"])
    return found


def _service(name: str, spec: Object) -> dict[str, str]:
    """One Service's variables (https://kubernetes.io/docs/concepts/services-networking/service/)."""
    address, ports = spec.get("clusterIP"), spec.get("ports") or []
    if not address or address == "None" or not ports:
        return {}
    prefix = _variable(name)
    first = ports[0]
    found = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(first["port"])}
    found[f"{prefix}_PORT"] = _url(address, first)
    for port in ports:
        if port.get("name"):
            found[f"{prefix}_SERVICE_PORT_{_variable(port['name'])}"] = str(port["port"])
        protocol = port.get("protocol", "TCP")
        link = f"{prefix}_PORT_{port['port']}_{protocol}"
        found[link] = _url(address, port)
        found[f"{link}_PROTO"] = protocol.lower()
        found[f"{link}_PORT"] = str(port["port"])
        found[f"{link}_ADDR"] = address
    return found


def _url(address: str, port: Object) -> str:
    return f"{port.get('protocol', 'TCP').lower()}://{address}:{port['port']}"


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
