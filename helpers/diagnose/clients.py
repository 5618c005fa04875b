"""Who dials a Service, by what their pods are told: command lines, environment, ConfigMaps."""

from __future__ import annotations

import re

from helpers.diagnose.inventory import Inventory, at, each, name_of, texts
from helpers.diagnose.workloads import behind, template, workloads
from helpers.lab.objects import Object

ADDRESS_VARIABLE = re.compile(r"HOST|ADDR|TARGET|ENDPOINT|URL|URI|UPSTREAM|SERVER|BACKEND", re.IGNORECASE)


def clients(service: Object, inventory: Inventory) -> list[Object]:
    """Return what names a Service as an address in its command line, its environment or a ConfigMap of it."""
    servers = [id(item) for item in behind(service, inventory)]
    return [
        item
        for item in workloads(inventory)
        if id(item) not in servers and names_service(item, service, inventory)
    ]


def names_service(item: Object, service: Object, inventory: Inventory) -> bool:
    """Whether an object's pods are told a Service's address."""
    name, home = re.escape(name_of(service)), re.escape(inventory.namespace_of(service))
    near = inventory.namespace_of(item) == inventory.namespace_of(service)
    domain = rf"\.(?:{home}|\$[({{][A-Z_]+[)}}])(?![\w-])"
    pattern = rf"(?<![\w.-]){name}(?:{domain}" + (r"|:\d|:\$|\.svc\b)" if near else ")")
    whole = rf"\s*{name}\s*"
    addresses = rf"(?m)address:\s*[\"']?{name}(?:{domain}[\w.-]*)?[\"']?\s*[,}}]?\s*$"
    return any(
        re.search(pattern, text)
        or (near and ADDRESS_VARIABLE.search(variable) and re.fullmatch(whole, text))
        or (near and re.search(addresses, text))
        for variable, text in told(item, inventory)
    )


def told(item: Object, inventory: Inventory) -> list[tuple[str, str]]:
    """Return the texts that an object's pods are told, each with the variable's name if it is one's value."""
    found: list[tuple[str, str]] = []
    pod = template(item)
    every = [*each(pod, "spec", "containers"), *each(pod, "spec", "initContainers")]
    for container in every:
        words = [*_words(container, "command"), *_words(container, "args")]
        found += [("", word) for word in words]
        for one in each(container, "env"):
            found.append((str(one.get("name")), str(one.get("value") or "")))
    for name, key in _config_maps(pod):
        data = texts(inventory.find("ConfigMap", inventory.namespace_of(item), name) or {}, "data")
        found += [(one, text) for one, text in data.items() if key in {None, one}]
    return found


def _words(container: Object, field: str) -> list[str]:
    given = container.get(field)
    return [str(word) for word in given] if isinstance(given, list) else [str(given)] if given else []


def _config_maps(pod: Object) -> list[tuple[str, str | None]]:
    """Return the ConfigMaps that a pod reads, with the key where it reads one."""
    found = [(at(one, "configMap", "name"), None) for one in each(pod, "spec", "volumes")]
    for container in each(pod, "spec", "containers"):
        found += [(at(one, "configMapRef", "name"), None) for one in each(container, "envFrom")]
        keys = [at(one, "valueFrom", "configMapKeyRef") for one in each(container, "env")]
        found += [(at(one, "name"), at(one, "key")) for one in keys]
    return [(str(name), key) for name, key in found if name]
