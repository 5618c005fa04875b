# ruff: noqa: N818 - the classes are called as the API calls their reasons
"""Everything the API can refuse, with the status code, reason and wording of Kubernetes.

Clients decide on `reason` and `details`, people read `message`; all three follow
`k8s.io/apimachinery/pkg/api/errors` and `pkg/util/validation/field`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcluster.types import Object, dump

if TYPE_CHECKING:
    from localcluster.storage.resources import Resource


class ApiError(Exception):
    """A refusal that becomes a `Status` object."""

    code = 500
    reason = "InternalError"
    generic = False
    """Whether it is one of those that have details with nothing in them (`NewGenericServerResponse`)."""

    def __init__(self, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}

    def status(self) -> Object:
        """The `Status` object sent to the client."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            "code": self.code,
        }
        if self.details or self.generic:
            status["details"] = self.details
        return status


def details_of(resource: Resource, name: str) -> Object:
    """`details` naming an object; the core group is not written."""
    group = {"group": resource.group} if resource.group else {}
    named = {"name": name} if name else {}
    return {**named, **group, "kind": resource.plural}


class BadRequest(ApiError):
    """The request cannot be understood."""

    code, reason = 400, "BadRequest"


class Unauthorized(ApiError):
    """No token or a wrong one."""

    code, reason = 401, "Unauthorized"

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Forbidden(ApiError):
    """Understood, but not allowed."""

    code, reason = 403, "Forbidden"

    @classmethod
    def object(cls, resource: Resource, name: str, why: str) -> Forbidden:
        """The refusal of one object, for the reason given."""
        return cls(f'{resource.qualified} "{name}" is forbidden: {why}', details_of(resource, name))

    @classmethod
    def terminating(cls, resource: Resource, name: str, namespace: str) -> Forbidden:
        """The refusal of a new object in a namespace that is going; clients look for the cause."""
        error = cls.object(
            resource,
            name,
            f"unable to create new content in namespace {namespace} because it is being terminated",
        )
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {namespace} is being terminated",
            "field": "metadata.namespace",
        }
        error.details["causes"] = [cause]
        return error


class NotFound(ApiError):
    """There is no such object."""

    code, reason = 404, "NotFound"

    def __init__(self, resource: Resource, name: str) -> None:
        super().__init__(f'{resource.qualified} "{name}" not found', details_of(resource, name))


class NoSuchPath(ApiError):
    """The server has no such resource type."""

    code, reason, generic = 404, "NotFound", True

    def __init__(self) -> None:
        super().__init__("the server could not find the requested resource")


class MethodNotAllowed(ApiError):
    """The verb is not served at this path."""

    code, reason, generic = 405, "MethodNotAllowed", True

    def __init__(
        self, message: str = "the server does not allow this method on the requested resource"
    ) -> None:
        super().__init__(message)


class NotAcceptable(ApiError):
    """The client accepts no form the server can answer in."""

    code, reason = 406, "NotAcceptable"


class AlreadyExists(ApiError):
    """The name is taken."""

    code, reason = 409, "AlreadyExists"

    def __init__(self, resource: Resource, name: str, *, leaving: bool = False) -> None:
        why = "object is being deleted: " if leaving else ""
        super().__init__(f'{why}{resource.qualified} "{name}" already exists', details_of(resource, name))


class Conflict(ApiError):
    """The object is not what the client thinks it is."""

    code, reason = 409, "Conflict"

    @classmethod
    def object(cls, resource: Resource, name: str, why: str) -> Conflict:
        """The refusal of a write to one object."""
        message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
        return cls(message, details_of(resource, name))

    @classmethod
    def stale(cls, resource: Resource, name: str) -> Conflict:
        """The refusal of a write with an old resourceVersion."""
        return cls.object(
            resource,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )


class Gone(ApiError):
    """The asked resource version has left the history."""

    code, reason = 410, "Expired"


class TooLarge(ApiError):
    """The request body is too large."""

    code, reason = 413, "RequestEntityTooLarge"


class UnsupportedMediaType(ApiError):
    """The body has a type the server cannot read."""

    code, reason = 415, "UnsupportedMediaType"


class NotImplementedHere(ApiError):
    """Real Kubernetes does it, the local cluster does not (see SCOPE.md)."""

    code, reason = 501, "NotImplemented"


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field."""

    reason: str
    field: str
    message: str

    def cause(self) -> Object:
        """The entry in `details.causes`."""
        return {"reason": self.reason, "message": self.message, "field": self.field}

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Invalid(ApiError):
    """The object breaks rules of its kind; carries every broken one."""

    code, reason = 422, "Invalid"

    def __init__(self, kind: str, group: str, name: str, errors: Sequence[FieldError]) -> None:
        lines = list(dict.fromkeys(str(error) for error in errors))
        text = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
        qualified = f"{kind}.{group}" if group else kind
        details: Object = {"name": name} if name else {}
        details |= {"group": group} if group else {}
        details |= {"kind": kind} if kind else {}
        details |= {"causes": [error.cause() for error in errors]}
        super().__init__(f'{qualified} "{name}" is invalid: {text}', details)
        self.errors = list(errors)


class Rejected(ApiError):
    """A patch that cannot be carried out; Kubernetes keeps the reason to itself (it is the cause here)."""

    code, reason, generic = 422, "Invalid", True

    def __init__(self, why: str) -> None:
        super().__init__("the server rejected our request due to an error in our request")
        self.why = why

    def __str__(self) -> str:
        return f"{self.message}: {self.why}"


class Unclassified(ApiError):
    """Something that Kubernetes takes for its own failure, and gives no reason for."""

    code, reason = 500, ""


def required(field: str, detail: str = "") -> FieldError:
    """The field must be given."""
    return FieldError(
        "FieldValueRequired", field, f"Required value: {detail}" if detail else "Required value"
    )


def invalid(field: str, value: Any, detail: str) -> FieldError:
    """The field's value breaks a rule."""
    return FieldError("FieldValueInvalid", field, f"Invalid value: {dump(value)}: {detail}")


def unsupported(field: str, value: Any, allowed: Sequence[str]) -> FieldError:
    """The field's value is not one of the allowed ones, which are told in the order given."""
    words = ", ".join(dump(word) for word in allowed)
    return FieldError(
        "FieldValueNotSupported", field, f"Unsupported value: {dump(value)}: supported values: {words}"
    )


def duplicate(field: str, value: Any) -> FieldError:
    """The value must be unique and is not."""
    return FieldError("FieldValueDuplicate", field, f"Duplicate value: {dump(value)}")


def forbidden(field: str, detail: str) -> FieldError:
    """The field may not be set, or not be changed."""
    return FieldError("FieldValueForbidden", field, f"Forbidden: {detail}")


def too_many(field: str, count: int, most: int) -> FieldError:
    """The list is too long."""
    return FieldError("FieldValueTooMany", field, f"Too many: {count}: must have at most {most} items")


def too_long(field: str, limit: int) -> FieldError:
    """The value is too long."""
    return FieldError("FieldValueTooLong", field, f"Too long: may not be more than {limit} bytes")
