"""The query parameters of a request, read and checked as `metav1`'s options are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from localcluster import errors
from localcluster.errors import BadRequest, FieldError, Invalid
from localcluster.types import Object

Query = Mapping[str, str]
Validation = Literal["Strict", "Warn", "Ignore"]

_VALIDATIONS: dict[str, Validation] = {"": "Warn", "Strict": "Strict", "Warn": "Warn", "Ignore": "Ignore"}
_LONGEST_MANAGER = 128
_POLICIES = ("Foreground", "Background", "Orphan")


def boolean(query: Query, name: str) -> bool:
    """A flag: set unless absent, `false` or `0` (as `k8s.io/apimachinery/pkg/runtime` reads it)."""
    return query.get(name, "false").lower() not in ("false", "0")


def integer(query: Query, name: str) -> int | None:
    """A whole number, or None when it is not given.

    Raises:
        BadRequest: It is not a whole number.
    """
    text = query.get(name, "")
    if not text:
        return None
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def refuse(options: str, *found: FieldError) -> Invalid:
    """The refusal of the options of a request, such as `PatchOptions`."""
    return Invalid(options, "meta.k8s.io", "", found)


@dataclass(frozen=True)
class WriteOptions:
    """What goes with a create, update or patch."""

    dry_run: bool
    manager: str
    validation: Validation
    force: bool = False


def write_options(kind: str, query: Query, agent: str, *, apply: bool = False) -> WriteOptions:
    """The options of a write.

    Args:
        kind: What they are called: CreateOptions, UpdateOptions or PatchOptions.
        query: The parameters.
        agent: The client's User-Agent, whose first word is the manager of those who name none.
        apply: Whether this is a server-side apply, which must name its manager.

    Raises:
        Invalid: One of them is not allowed.
    """
    manager = query.get("fieldManager", "")
    found = _manager_errors(manager, apply)
    if query.get("fieldValidation", "") not in _VALIDATIONS:
        found.append(
            errors.unsupported("fieldValidation", query["fieldValidation"], ("", "Ignore", "Strict", "Warn"))
        )
    if "force" in query and kind == "PatchOptions" and not apply:
        found.append(errors.forbidden("force", "may not be specified for non-apply patch"))
    if found:
        raise refuse(kind, *found)
    return WriteOptions(
        dry_run=dry_run(kind, query.get("dryRun", "")),
        manager=manager or _manager_of(agent),
        validation=_VALIDATIONS[query.get("fieldValidation", "")],
        force=apply and boolean(query, "force"),
    )


def _manager_errors(manager: str, apply: bool) -> list[FieldError]:
    if apply and not manager:
        return [errors.required("fieldManager", "is required for apply patch")]
    if len(manager.encode()) > _LONGEST_MANAGER:
        return [errors.too_long("fieldManager", _LONGEST_MANAGER)]
    return [] if manager.isprintable() else [errors.invalid("fieldManager", manager, "invalid character")]


def _manager_of(agent: str) -> str:
    word = agent.partition("/")[0]
    return "".join(letter for letter in word if letter.isprintable())[:_LONGEST_MANAGER] or "unknown"


def dry_run(kind: str, value: str) -> bool:
    """Whether nothing is to be written; raises `Invalid` for anything but `All`."""
    if value not in ("", "All"):
        raise refuse(kind, errors.unsupported("dryRun", [value], ("All",)))
    return value == "All"


@dataclass(frozen=True)
class DeleteOptions:
    """How to delete."""

    propagation: str | None = None
    grace: int | None = None
    uid: str | None = None
    revision: str | None = None
    dry_run: bool = False


def delete_options(body: Object, query: Query) -> DeleteOptions:
    """The options of a deletion, from its body or, where the body is silent, from the query.

    Raises:
        Invalid: One of them is not allowed.
        BadRequest: One has the wrong type.
    """
    policy = body.get("propagationPolicy") or query.get("propagationPolicy") or None
    grace = body.get("gracePeriodSeconds")
    grace = integer(query, "gracePeriodSeconds") if grace is None else grace
    rules = body.get("preconditions") or {}
    dry = body.get("dryRun") or [query.get("dryRun", "")]
    return DeleteOptions(
        propagation=_propagation(policy),
        grace=_grace(grace),
        uid=rules.get("uid") or None,
        revision=rules.get("resourceVersion") or None,
        dry_run=any([dry_run("DeleteOptions", word) for word in dry]),  # noqa: C419 - each one is checked
    )


def _propagation(policy: str | None) -> str | None:
    if policy is not None and policy not in _POLICIES:
        raise refuse("DeleteOptions", errors.unsupported("propagationPolicy", policy, (*_POLICIES, "nil")))
    return policy


def _grace(seconds: Any) -> int | None:
    # Negative: the Pod strategy takes it for one second.
    return None if seconds is None else 1 if int(seconds) < 0 else int(seconds)
