"""Rules of where a pod may run: affinity, tolerations, spread (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, forbidden, invalid, required, unsupported
from localcluster.objects.validation import labels, words
from localcluster.types import Object

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES = ("Honor", "Ignore")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_POSITIVE = "must be greater than zero"


def affinity(field: str, found: Object) -> Iterator[FieldError]:
    """What is wrong with `affinity`."""
    node = found.get("nodeAffinity") or {}
    if node.get(_REQUIRED) is not None:
        yield from _node_selector(f"{field}.nodeAffinity.{_REQUIRED}", node[_REQUIRED])
    for index, term in enumerate(node.get(_PREFERRED) or []):
        here = f"{field}.nodeAffinity.{_PREFERRED}[{index}]"
        yield from _weight(here, term)
        yield from _node_term(f"{here}.preference", term.get("preference") or {}, values=False)
    for word in ("podAffinity", "podAntiAffinity"):
        pods = found.get(word) or {}
        for index, term in enumerate(pods.get(_REQUIRED) or []):
            yield from _pod_term(f"{field}.{word}.{_REQUIRED}[{index}]", term)
        for index, term in enumerate(pods.get(_PREFERRED) or []):
            here = f"{field}.{word}.{_PREFERRED}[{index}]"
            yield from _weight(here, term)
            yield from _pod_term(f"{here}.podAffinityTerm", term.get("podAffinityTerm") or {})


def _weight(field: str, term: Object) -> Iterator[FieldError]:
    if not 1 <= term.get("weight", 0) <= 100:
        yield invalid(f"{field}.weight", term.get("weight", 0), "must be in the range 1-100")


def _node_selector(field: str, selector: Object) -> Iterator[FieldError]:
    terms = selector.get("nodeSelectorTerms") or []
    if not terms:
        yield required(f"{field}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms):
        yield from _node_term(f"{field}.nodeSelectorTerms[{index}]", term, values=True)


def _node_term(field: str, term: Object, *, values: bool) -> Iterator[FieldError]:
    for index, expression in enumerate(term.get("matchExpressions") or []):
        here, operator = f"{field}.matchExpressions[{index}]", expression.get("operator") or ""
        yield from labels.operands(here, operator, expression.get("values") or [])
        if operator in ("Gt", "Lt") and len(expression.get("values") or []) != 1:
            yield required(f"{here}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
        if operator not in _OPERATORS:
            yield invalid(f"{here}.operator", operator, "not a valid selector operator")
        key = expression.get("key") or ""
        yield from words.complain(f"{here}.key", key, words.qualified_name(key))
        for at, value in enumerate(expression.get("values") or [] if values else []):
            yield from words.complain(f"{here}.values[{at}]", value, words.label_value(value))
    for index, expression in enumerate(term.get("matchFields") or []):
        yield from _node_field(f"{field}.matchFields[{index}]", expression)


def _node_field(field: str, expression: Object) -> Iterator[FieldError]:
    values, key = expression.get("values") or [], expression.get("key") or ""
    if expression.get("operator") not in ("In", "NotIn"):
        yield invalid(f"{field}.operator", expression.get("operator") or "", "not a valid selector operator")
    elif len(values) != 1:
        why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required(f"{field}.values", why)
    if key != "metadata.name":
        yield invalid(f"{field}.key", key, "not a valid field selector key")
        return
    for at, value in enumerate(values):
        yield from words.complain(f"{field}.values[{at}]", value, words.dns_subdomain(value))


def _pod_term(field: str, term: Object) -> Iterator[FieldError]:
    for word in ("labelSelector", "namespaceSelector"):
        yield from labels.of_selector(f"{field}.{word}", term.get(word) or {})
    for namespace in term.get("namespaces") or []:
        yield from words.complain(f"{field}.namespace", namespace, words.dns_label(namespace))
    for word in ("matchLabelKeys", "mismatchLabelKeys"):
        if term.get(word) and term.get("labelSelector") is None:
            yield forbidden(f"{field}.{word}", "must not be specified when labelSelector is not set")
    key = term.get("topologyKey") or ""
    if not key:
        yield required(f"{field}.topologyKey", "can not be empty")
    yield from words.complain(f"{field}.topologyKey", key, words.qualified_name(key))


def spread(field: str, constraints: list[Object]) -> Iterator[FieldError]:
    """What is wrong with `topologySpreadConstraints`."""
    pairs = [(one.get("topologyKey") or "", one.get("whenUnsatisfiable") or "") for one in constraints]
    for index, constraint in enumerate(constraints):
        here, (key, action) = f"{field}[{index}]", pairs[index]
        if constraint.get("maxSkew", 0) <= 0:
            yield invalid(f"{here}.maxSkew", constraint.get("maxSkew", 0), _POSITIVE)
        if not key:
            yield required(f"{here}.topologyKey", "can not be empty")
        if action not in _ACTIONS:
            yield unsupported(f"{here}.whenUnsatisfiable", action, _ACTIONS)
        if pairs[index] in pairs[index + 1 :]:
            yield duplicate(f"{here}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
        yield from _domains(f"{here}.minDomains", constraint.get("minDomains"), action)
        for word in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(word) not in (None, *_NODE_POLICIES):
                yield unsupported(f"{here}.{word}", constraint[word], _NODE_POLICIES)
        if constraint.get("matchLabelKeys") and constraint.get("labelSelector") is None:
            yield forbidden(f"{here}.matchLabelKeys", "must not be specified when labelSelector is not set")
        yield from labels.of_selector(f"{here}.labelSelector", constraint.get("labelSelector") or {})


def _domains(field: str, least: int | None, action: str) -> Iterator[FieldError]:
    if least is None:
        return
    if least <= 0:
        yield invalid(field, least, _POSITIVE)
    if action != "DoNotSchedule":
        why = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        yield invalid(field, least, why)


def gates(spec: Object, field: str) -> Iterator[FieldError]:
    """What is wrong with the gates of a pod's readiness and scheduling."""
    for index, gate in enumerate(spec.get("readinessGates") or []):
        kind = gate.get("conditionType") or ""
        here = f"{field}.readinessGates[{index}].conditionType"
        yield from words.complain(here, kind, words.qualified_name(kind))
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or []):
        here, name = f"{field}.schedulingGates[{index}]", gate.get("name") or ""
        yield from words.complain(here, name, words.qualified_name(name))
        if name in seen:
            yield duplicate(here, name)
        seen.add(name)


def tolerations(field: str, found: list[Object]) -> Iterator[FieldError]:
    """What is wrong with `tolerations`."""
    for index, toleration in enumerate(found):
        here = f"{field}[{index}]"
        key, operator = toleration.get("key") or "", toleration.get("operator") or ""
        if key:
            yield from words.complain(f"{here}.key", key, words.qualified_name(key))
        elif operator != "Exists":
            why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(f"{here}.operator", operator, why)
        effect = toleration.get("effect") or ""
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(f"{here}.effect", effect, why)
        yield from _tolerated(f"{here}.operator", operator, toleration.get("value") or "")
        if effect and effect not in _EFFECTS:
            yield unsupported(f"{here}.effect", effect, _EFFECTS)


def _tolerated(field: str, operator: str, value: str) -> Iterator[FieldError]:
    if operator in ("", "Equal"):
        complaints = words.label_value(value)
        yield from words.complain(field, value, [";".join(complaints)] if complaints else [])
    elif operator == "Exists" and value:
        yield invalid(field, value, "value must be empty when `operator` is 'Exists'")
    elif operator not in ("Exists", "Lt", "Gt"):
        yield unsupported(field, operator, ("Equal", "Exists"))
