"""Rules of Deployments and ReplicaSets (`pkg/apis/apps/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.errors import FieldError, forbidden, invalid, required, unsupported
from localcluster.objects import selectors
from localcluster.objects.validation import labels, metadata, pods, words
from localcluster.types import Object

_STRATEGIES = ("Recreate", "RollingUpdate")


def of_deployment(deployment: Object) -> Iterator[FieldError]:
    """What is wrong with a Deployment."""
    spec = deployment.get("spec") or {}
    yield from words.not_negative("spec.replicas", spec.get("replicas"))
    yield from _selector_and_template(spec)
    yield from _strategy("spec.strategy", spec.get("strategy") or {})
    for word in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        yield from words.not_negative(f"spec.{word}", spec.get(word))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def of_replica_set(replica_set: Object) -> Iterator[FieldError]:
    """What is wrong with a ReplicaSet."""
    spec = replica_set.get("spec") or {}
    for word in ("replicas", "minReadySeconds"):
        yield from words.not_negative(f"spec.{word}", spec.get(word))
    yield from _selector_and_template(spec)


def same_selector(old: Object, new: Object) -> Iterator[FieldError]:
    """The selector of both kinds never changes."""
    before, after = ((obj.get("spec") or {}).get("selector") for obj in (old, new))
    return metadata.unchanged("spec.selector", before, after)


def _selector_and_template(spec: Object) -> Iterator[FieldError]:
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
    else:
        complaints = list(labels.of_selector("spec.selector", selector))
        yield from complaints
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
        if complaints:
            yield invalid("spec.selector", selector, "invalid label selector")
            return
    yield from _template("spec.template", spec.get("template") or {}, selector)


def _template(field: str, template: Object, selector: Object | None) -> Iterator[FieldError]:
    found = (template.get("metadata") or {}).get("labels") or {}
    # Without a selector nothing is selected; an empty one is complained about already.
    empty = selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions")
    if not empty and (selector is None or not selectors.from_object(selector).matches(found)):
        why = "`selector` does not match template `labels`"
        yield invalid(f"{field}.metadata.labels", found or None, why)
    yield from pods.template(field, template)
    spec = template.get("spec") or {}
    yield from words.one_of(f"{field}.spec.restartPolicy", spec.get("restartPolicy"), ("Always",))


def _strategy(field: str, strategy: Object) -> Iterator[FieldError]:
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate":
        if rolling is not None:
            why = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden(f"{field}.rollingUpdate", why)
    elif strategy.get("type") == "RollingUpdate":
        yield from _rolling(f"{field}.rollingUpdate", rolling or {})
    else:
        yield unsupported(f"{field}.type", strategy.get("type"), _STRATEGIES)


def _rolling(field: str, rolling: Object) -> Iterator[FieldError]:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    yield from _number_or_percent(f"{field}.maxUnavailable", unavailable)
    yield from _number_or_percent(f"{field}.maxSurge", surge)
    if _is_zero(unavailable) and _is_zero(surge):
        yield invalid(f"{field}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    if isinstance(unavailable, str) and not words.percent(unavailable) and int(unavailable[:-1]) > 100:
        yield invalid(f"{field}.maxUnavailable", unavailable, "must not be greater than 100%")


def _number_or_percent(field: str, value: Any) -> Iterator[FieldError]:
    if isinstance(value, str):
        yield from words.complain(field, value, words.percent(value))
    else:
        yield from words.not_negative(field, value)


def _is_zero(value: Any) -> bool:
    """Whether a number or percentage is 0."""
    return str(value).removesuffix("%") == "0"
