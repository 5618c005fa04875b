"""Rules of probes and hooks: what a container does or is asked (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, invalid, required
from localcluster.objects.validation import words
from localcluster.types import Object

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def check(field: str, container: Object, grace: int | None) -> Iterator[FieldError]:
    """What is wrong with a container's hooks and probes.

    Args:
        field: The container.
        container: The same, defaulted.
        grace: The pod's grace period in seconds; a hook may not sleep longer.
    """
    lifecycle = container.get("lifecycle") or {}
    for word in ("postStart", "preStop"):
        if lifecycle.get(word) is not None:
            yield from _handler(f"{field}.lifecycle.{word}", lifecycle[word], grace)
    for word in PROBES:
        if container.get(word) is not None:
            yield from _probe(f"{field}.{word}", word, container[word])


def _probe(field: str, word: str, probe: Object) -> Iterator[FieldError]:
    yield from _handler(field, probe, None)
    for number in _NUMBERS:
        yield from words.not_negative(f"{field}.{number}", probe.get(number))
    if word != "readinessProbe" and probe.get("successThreshold") != 1:
        yield invalid(f"{field}.successThreshold", probe.get("successThreshold"), "must be 1")


def _handler(field: str, handler: Object, grace: int | None) -> Iterator[FieldError]:
    given = [word for word in _HANDLERS if handler.get(word) is not None]
    for word in given[:1]:
        yield from _action(f"{field}.{word}", word, handler[word], grace)
    for word in given[1:]:
        yield forbidden(f"{field}.{word}", "may not specify more than 1 handler type")
    if not given:
        yield required(field, "must specify a handler type")


def _action(field: str, word: str, action: Object, grace: int | None) -> Iterator[FieldError]:
    if word == "exec" and not action.get("command"):
        yield required(f"{field}.command")
    if word == "httpGet" and not action.get("path"):
        yield required(f"{field}.path")
    if word in ("httpGet", "tcpSocket"):
        yield from words.port(f"{field}.port", action.get("port", 0))
    if word == "httpGet":
        yield from words.one_of(f"{field}.scheme", action.get("scheme"), ("HTTP", "HTTPS"))
    if word == "grpc":
        yield from words.port_number(f"{field}.port", action.get("port", 0))
    if word == "sleep" and grace is not None and not 0 <= action.get("seconds", 0) <= grace:
        why = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        yield invalid(field, action.get("seconds", 0), why)
