"""The folders of ``manifests/`` and ``manifests/production/``, read as ``kubectl apply -k`` reads them.

What a kustomization of the course may say is ``resources``, ``namespace`` and ``images``; anything else is
refused rather than left out in silence. The result is what ``kubectl kustomize`` prints (a test compares
the two).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from helpers.deploy import schema
from helpers.lab.errors import LabError
from helpers.lab.objects import Object, kind_of

GREETER = "app=demo"
# The container that greets, in each client pod; one with a sidecar has another beside it.
CLIENT = "client"
# What a variant's clients are called: client-<variant>.
CLIENT_PREFIX = "client-"

FOLDER = Path(__file__).resolve().parents[2] / "manifests"
IMAGE = "greeter"
# What is built from this project; ``--image-prefix`` renames each of them.
IMAGES = (IMAGE, "controlplane")
KUSTOMIZATION = "kustomization.yaml"
# The second course's folders lie one level deeper; no two of both have the same name.
COURSES = ("", "production")
# What an administrator applies for an attendee; no way to reach the greeter.
RIGHTS = "rbac"
# What the hosts of all Ingresses and Gateways end with.
DOMAIN = "greeter.example"
HOST = re.compile(rf"([a-z0-9-]+)\.{re.escape(DOMAIN)}")


def load(
    name: str,
    *,
    namespace: str = "",
    image_prefix: str | None = None,
    image_tag: str | None = None,
    folder: Path = FOLDER,
) -> list[Object]:
    """Read the objects of one folder of manifests.

    Args:
        name: The folder: ``greeter`` or a variant, of either course.
        namespace: Where the objects shall live; as the manifests say when empty.
        image_prefix: Makes the image ``greeter`` ``<image_prefix>-greeter``, and ``controlplane`` likewise.
        image_tag: The tag of both. An image with a prefix and without a tag is pulled whenever a pod starts,
            as Kubernetes itself does with ``latest``: a build moves that tag.
        folder: Where the folders lie.

    Returns:
        The objects in the order of the kustomization's ``resources``.

    Raises:
        LabError: There is no such folder, or a file of it cannot be understood.
    """
    homes = [folder / course / name for course in COURSES if name]
    home = next((home for home in homes if (home / KUSTOMIZATION).is_file()), folder)
    file = home / KUSTOMIZATION
    if not file.is_file():
        known = ", ".join(names(folder)) or "none"
        raise LabError(f'There is no variant "{name}"; a variant is a folder of {folder}: {known}.')
    told = _kustomization(file)
    objects = [item for resource in told.resources or () for item in _documents(home / resource)]
    images = [*(image.model_dump() for image in told.images or ()), *_own_images(image_prefix, image_tag)]
    for item in objects:
        if kind_of(item).namespaced and (chosen := namespace or told.namespace):
            item["metadata"]["namespace"] = chosen
            for subject in _accounts(item):
                subject["namespace"] = chosen
        for container in _containers(item):
            own = container["image"] in IMAGES
            container["image"] = rename_image(str(container["image"]), images)
            if own and image_prefix and not image_tag:
                container["imagePullPolicy"] = "Always"
    return objects


def set_hosts(value: Any, namespace: str) -> Any:
    """Return a part of a manifest in which each host of the course belongs to a namespace.

    ``ingress.greeter.example`` becomes ``ingress.<namespace>.greeter.example``: two labs on one cluster must
    not claim one host, neither in routes and certificates nor in the clients that dial them.
    """
    if isinstance(value, dict):
        return {key: set_hosts(part, namespace) for key, part in value.items()}
    if isinstance(value, list):
        return [set_hosts(part, namespace) for part in value]
    if isinstance(value, str) and (found := HOST.fullmatch(value)):
        return f"{found[1]}.{namespace}.{DOMAIN}"
    return value


def names(folder: Path = FOLDER) -> list[str]:
    """Return the folders that can be loaded."""
    files = (path for course in COURSES for path in (folder / course).glob(f"*/{KUSTOMIZATION}"))
    found = {path.parent.name for path in files}
    return sorted(found - {RIGHTS})


def _kustomization(file: Path) -> schema.Kustomization:
    documents = list(_parse(file))
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise LabError(f"{file} is not a kustomization; it holds one mapping with a list of resources.")
    return schema.kustomization(documents[0], file)


def _documents(file: Path) -> Iterator[Object]:
    for document in _parse(file):
        if document is None:
            continue
        if not isinstance(document, dict) or not {"apiVersion", "kind", "metadata"} <= document.keys():
            raise LabError(
                f"{file} holds something that is no Kubernetes object (apiVersion, kind, metadata)."
            )
        schema.check(document, file)
        yield document


def _parse(file: Path) -> Iterator[Any]:
    try:
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabError(
            f"{file} cannot be read ({error.strerror}), but its kustomization lists it."
        ) from error
    except (UnicodeDecodeError, ReaderError) as error:
        raise LabError(f"{file} is not text: {error.reason}.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LabError(f"{file}, line {line}, is not YAML: {error.problem or error.context}.") from error


def _own_images(prefix: str | None, tag: str | None) -> list[dict[str, str]]:
    renamed = {"newTag": tag} if tag else {}
    entries = [{"name": name, **renamed} for name in IMAGES]
    for entry in entries if prefix else []:
        entry["newName"] = f"{prefix}-{entry['name']}"
    return entries if prefix or tag else []


def rename_image(image: str, entries: list[dict[str, str]]) -> str:
    """Return an image's reference after kustomize's ``images`` entries, which name it without tag."""
    for entry in entries:
        name, tag, digest = split_image(image)
        if name != entry.get("name"):
            continue
        name = entry.get("newName") or name
        if entry.get("newTag"):
            tag, digest = str(entry["newTag"]), ""
        if entry.get("digest"):
            tag, digest = "", str(entry["digest"])
        image = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return image


def split_image(image: str) -> tuple[str, str, str]:
    """Return name, tag and digest of an image's reference; a registry's port is part of the name."""
    rest, _, digest = image.partition("@")
    head, colon, tag = rest.rpartition(":")
    return (rest, "", digest) if not colon or "/" in tag else (head, tag, digest)


def _accounts(item: Object) -> list[dict[str, Any]]:
    """The ServiceAccounts to which a RoleBinding gives its Role."""
    return [one for one in item.get("subjects") or [] if one["kind"] == "ServiceAccount"]


def _containers(item: Object) -> Iterator[dict[str, Any]]:
    spec = item.get("spec") or {}
    pod: Mapping[str, Any] = spec if item["kind"] == "Pod" else (spec.get("template") or {}).get("spec") or {}
    for field in ("initContainers", "containers"):
        yield from pod.get(field) or []


def containers(item: Object) -> list[dict[str, Any]]:
    """Return the containers that a Pod or a Deployment describes; none for other kinds."""
    return list(_containers(item))
