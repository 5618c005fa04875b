"""One request on its way: what it is about, what form it is answered in, and the parts that answer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from localcluster.access import rules
from localcluster.access.rules import Attributes
from localcluster.access.tokens import Tokens
from localcluster.access.users import User
from localcluster.api import authorization, negotiation
from localcluster.api.negotiation import Shape
from localcluster.api.options import Query, WriteOptions, write_options
from localcluster.api.routing import Target
from localcluster.errors import BadRequest, invalid
from localcluster.storage.registry import Registry
from localcluster.storage.resources import Resource
from localcluster.types import Object

if TYPE_CHECKING:
    from localcluster.node.container import Container
    from localcluster.node.logs import LogOptions


_INCLUDED = ("Metadata", "Object", "None")


class Logs(Protocol):
    """Where the output of containers is read."""

    def read(self, pod: Object, container: str, options: LogOptions) -> AsyncIterator[bytes]:
        """The output of a container; raises `BadRequest` where there is none."""


class Containers(Protocol):
    """Where containers run."""

    def running(self, pod: Object, name: str) -> Container | None:
        """A container of a pod; None when it does not run."""


@dataclass(frozen=True)
class Call:
    """A request for objects."""

    request: web.Request
    target: Target
    registry: Registry
    logs: Logs
    containers: Containers
    tokens: Tokens
    user: User

    @property
    def resource(self) -> Resource:
        """The resource it is about."""
        return self.target.resource

    @property
    def kind(self) -> str:
        """The stored kind it is about."""
        return self.target.resource.kind

    @property
    def query(self) -> Query:
        """Its parameters."""
        return self.request.query

    @property
    def shape(self) -> Shape:
        """The form the client wants; raises `NotAcceptable`."""
        return negotiation.shape(self.request.headers.get("Accept", ""))

    @property
    def include(self) -> str:
        """How much of an object a row of a table carries; raises `BadRequest`."""
        asked = self.query.get("includeObject", "") or "Metadata"
        if self.shape == "table" and asked not in _INCLUDED:
            why = "must be 'Metadata', 'Object', 'None', or empty"
            raise BadRequest(
                f"Unable to convert to Table as requested: {invalid('includeObject', asked, why)}"
            )
        return asked

    def check_may(self, verb: str) -> None:
        """Make sure that the user may also do something else to the same object; raises `Forbidden`."""
        target = self.target
        wanted = Attributes(
            verb, self.resource.group, self.resource.plural, target.subresource, target.name, target.place
        )
        authorization.check(rules.decide(self.registry.store, self.user, wanted), self.user, wanted)

    def write_options(self, kind: str, *, apply: bool = False) -> WriteOptions:
        """The options of a write, called `kind`."""
        return write_options(kind, self.query, self.request.headers.get("User-Agent", ""), apply=apply)
