"""What a manifest and a kustomization must hold for helpers to read them.

Not what Kubernetes asks of an object: that is the API server's to say. Here is only what is read before a
server sees the object, so that a slip in a file becomes a sentence with the file and the field.
"""
# ruff: noqa: N815 - fields have the names that they have in the files

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from helpers.lab.errors import LabError
from helpers.lab.objects import Object, kind_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Texts = dict[str, str]


class Part(BaseModel):
    """A mapping of which some fields are read; others are left to the server."""

    model_config = ConfigDict(extra="allow", strict=True)


class Named(Part):
    """Whatever has a name: metadata, a variable, a reference."""

    name: str


class Metadata(Named):
    """Of any object."""

    labels: Texts | None = None
    annotations: Texts | None = None


class Manifest(Part):
    """Any object."""

    apiVersion: str
    kind: str
    metadata: Metadata


class Container(Named):
    """In a pod."""

    image: str
    env: list[Named] | None = None


class PodSpec(Part):
    """Of a Pod, or of the template of one."""

    containers: list[Container]
    initContainers: list[Container] | None = None


class Pod(Manifest):
    """A pod."""

    spec: PodSpec


class Template(Part):
    """What a Deployment makes its pods of."""

    spec: PodSpec


class Selector(Part):
    """Which pods are a Deployment's."""

    matchLabels: Texts


class DeploymentSpec(Part):
    """Of a Deployment."""

    replicas: int | None = None
    selector: Selector
    template: Template


class Deployment(Manifest):
    """A Deployment."""

    spec: DeploymentSpec


class Certified(Part):
    """An entry of an Ingress's TLS: the Secret is made for the first host."""

    secretName: str
    hosts: Annotated[list[str], Field(min_length=1)]


class Hosted(Part):
    """A rule of an Ingress; its host is asked for to see whether the controller serves it."""

    host: str


class IngressSpec(Part):
    """Of an Ingress."""

    ingressClassName: str
    rules: Annotated[list[Hosted], Field(min_length=1)]
    tls: list[Certified] | None = None


class Ingress(Manifest):
    """An Ingress."""

    spec: IngressSpec


class ListenerCertificates(Part):
    """Of a Gateway's listener."""

    certificateRefs: list[Named] | None = None


class Listener(Named):
    """Of a Gateway: plaintext or TLS; the Secret of its certificate is made for its host name."""

    protocol: Literal["HTTP", "HTTPS"]
    port: int
    hostname: str | None = None
    tls: ListenerCertificates | None = None

    @model_validator(mode="after")
    def _names_a_host(self) -> Self:
        if self.tls and self.tls.certificateRefs and not self.hostname:
            raise ValueError("a certificate is made for a host name: give it a hostname")
        return self


class GatewaySpec(Part):
    """Of a Gateway."""

    gatewayClassName: str
    listeners: Annotated[list[Listener], Field(min_length=1)]


class Gateway(Manifest):
    """A Gateway."""

    spec: GatewaySpec


class Backend(Named):
    """The Service behind a route."""

    port: int


class RouteRule(Part):
    """Of a GRPCRoute."""

    backendRefs: Annotated[list[Backend], Field(min_length=1)]


class RouteSpec(Part):
    """Of a GRPCRoute."""

    rules: Annotated[list[RouteRule], Field(min_length=1)]


class GRPCRoute(Manifest):
    """A GRPCRoute."""

    spec: RouteSpec


class Subject(Named):
    """To whom a RoleBinding gives its Role."""

    kind: str


class RoleBinding(Manifest):
    """A RoleBinding."""

    subjects: list[Subject] | None = None


# Of kinds that are not here only what any object has is read.
SHAPES: dict[str, type[Manifest]] = {
    shape.__name__: shape for shape in (Pod, Deployment, Ingress, Gateway, GRPCRoute, RoleBinding)
}


class Image(Named):
    """An entry of a kustomization's ``images``."""

    newName: str | None = None
    newTag: str | None = None
    digest: str | None = None


class Kustomization(Part):
    """What a kustomization of the course may say."""

    apiVersion: str | None = None
    kind: str | None = None
    resources: list[str] | None = None
    namespace: str | None = None
    images: list[Image] | None = None


# What a complaint says, by its type; others say it themselves.
COMPLAINTS = {
    "missing": "is missing",
    "model_type": "has to be a mapping",
    "dict_type": "has to be a mapping",
    "list_type": "has to be a list",
    "string_type": "has to be a text, in quotes where YAML reads something else",
}


def kustomization(told: Mapping[str, Any], file: Path) -> Kustomization:
    """Return what a kustomization says.

    Raises:
        LabError: It says something that helpers do not read, or not in its form. Nothing is left out in
            silence.
    """
    understood = Kustomization.model_fields
    if unknown := sorted(map(str, told.keys() - understood.keys())):
        raise LabError(
            f"{file} says {', '.join(unknown)}, which helpers do not read; use {sorted(understood)}."
        )
    try:
        return Kustomization.model_validate(told)
    except ValidationError as error:
        raise LabError(f"{file}: {_complaint(error.errors()[0])}.") from error


def check(document: Object, file: Path) -> None:
    """Make sure that an object is of a kind that helpers apply, and can be read.

    Raises:
        LabError: It is not, or cannot; the message names the file, the object and the field.
    """
    kind = kind_of(document).name
    try:
        SHAPES.get(kind, Manifest).model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        metadata = document["metadata"]
        name = metadata.get("name") if isinstance(metadata, dict) else None
        fields = [kind.lower(), *(step for step in first["loc"] if isinstance(step, str))]
        raise LabError(
            f"{file}: {kind} {name or 'without a name'}: {_complaint(first)}; "
            f"what it holds: kubectl explain {'.'.join(fields)}"
        ) from error


def _complaint(told: ErrorDetails) -> str:
    """Say what a complaint is about, the field as kubectl writes it, and what is wrong with it."""
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in told["loc"])
    wrong = COMPLAINTS.get(told["type"]) or f"is wrong ({told['msg']})"
    return f"{field.removeprefix('.')} {wrong}"
