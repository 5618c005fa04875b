"""Strategic merge patch: a merge that knows which lists have keys.

After `k8s.io/apimachinery/pkg/util/strategicpatch` and the API conventions' "Strategic Merge Patch": lists
with a merge key are merged item by item, and directives (`$patch`, `$deleteFromPrimitiveList`,
`$setElementOrder`, `$retainKeys`) say what a merge cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from localcluster.errors import BadRequest, Unclassified
from localcluster.objects import golang, lists
from localcluster.objects.lists import ListRule
from localcluster.objects.schema import Type
from localcluster.types import Object, dump

DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_Identity = Callable[[Any], Hashable]


def merge(original: Object, patch: Object, kind: Type | None) -> Object:
    """The map `original` with `patch` merged in; both stay as they are.

    Args:
        original: What there is.
        patch: What shall change; null deletes a key.
        kind: The schema of both, None where there is none.

    Raises:
        BadRequest: A directive is malformed.
        Unclassified: There is no such directive, or an item of a keyed list lacks its key.
    """
    whole = patch.get(DIRECTIVE)
    if whole == "replace":
        return {key: _plain(value) for key, value in patch.items() if key != DIRECTIVE}
    if whole == "delete":
        return {}
    if whole not in (None, "merge"):
        raise _unknown_directive(patch)
    result = _retained(original, patch)
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _field(result.get(key), value, kind, key)
    _order_and_delete(original, result, patch, kind)
    return result


def _field(original: Any, value: Any, kind: Type | None, key: str) -> Any:
    below = _below(kind, key)
    if isinstance(value, dict):
        return merge(original, value, below) if isinstance(original, dict) else merge({}, value, below)
    found = lists.rule(kind.model, key) if kind else None
    if isinstance(value, list) and found:
        return _list(original if isinstance(original, list) else [], value, below, found)
    return value


def _below(kind: Type | None, key: str) -> Type | None:
    if kind is None:
        return None
    if kind.shape == "struct":
        spec = kind.fields.get(key)
        return spec.type if spec else None
    return kind.item


def _retained(original: Object, patch: Object) -> Object:
    keys = patch.get(_RETAIN)
    if keys is None:
        return dict(original)
    given = {key for key, value in patch.items() if not key.startswith("$") and value is not None}
    if not isinstance(keys, list) or not given <= set(keys):
        raise BadRequest("invalid patch format of retainKeys")
    return {key: value for key, value in original.items() if key in keys}


def _order_and_delete(original: Object, result: Object, patch: Object, kind: Type | None) -> None:
    for word, value in patch.items():
        prefix, slash, key = word.partition("/")
        prefix += slash
        if prefix in (_DELETE_FROM, _ORDER) and not isinstance(value, list):
            raise BadRequest(f"invalid patch format of {word}")
        if prefix == _DELETE_FROM:
            if isinstance(result.get(key), list):
                result[key] = [item for item in result[key] if item not in value]
        elif prefix == _ORDER:
            found = (lists.rule(kind.model, key) if kind else None) or ListRule()
            if isinstance(result.get(key), list):
                result[key] = _ordered(result[key], value, original.get(key) or [], _identity(found))


def _unknown_directive(patch: Object) -> Unclassified:
    return Unclassified(f"unknown patch type: {patch[DIRECTIVE]} in map: {golang.shown(patch)}")


def _list(original: list[Any], patch: list[Any], kind: Type | None, found: ListRule) -> list[Any]:
    if not found.merge_key:
        merged = list(dict.fromkeys([*original, *patch]))
        return _ordered(merged, patch, original, _identity(found))
    items, wanted = _special_items(original, patch, found.merge_key)
    identity = _identity(found)
    at = {identity(item): index for index, item in enumerate(items)}
    merged = list(items)
    for item in wanted:
        index = at.get(identity(item))
        if index is None:
            merged.append(merge({}, item, kind.item if kind else None))
        else:
            merged[index] = merge(merged[index], item, kind.item if kind else None)
    return _ordered(merged, wanted, items, identity)


def _special_items(original: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Carry out the items that are directives; what is left of both lists."""
    items, wanted = list(original), []
    for item in patch:
        if not isinstance(item, dict):
            raise BadRequest("invalid JSON document")
        word = item.get(DIRECTIVE)
        if word == "replace":
            return [], [one for one in patch if DIRECTIVE not in one]
        if word not in (None, "delete", "merge"):
            raise _unknown_directive(item)
        if key not in item:
            raise Unclassified(f"map: {golang.shown(item)} does not contain declared merge key: {key}")
        if word == "delete":
            items = [one for one in items if one.get(key) != item[key]]
        else:
            wanted.append({name: value for name, value in item.items() if name != DIRECTIVE})
    return items, wanted


def _identity(found: ListRule) -> _Identity:
    def identity(item: Any) -> Hashable:
        value = item.get(found.merge_key) if isinstance(item, dict) else item
        return dump(value) if isinstance(value, (dict, list)) else value

    return identity


def _ordered(merged: list[Any], order: list[Any], before: list[Any], identity: _Identity) -> list[Any]:
    """The merged items in the order of the patch, the others where the old order lets them stand.

    An item of the patch stays behind an item that only the server has if it already did before.
    """
    rank = {identity(item): index for index, item in reversed(list(enumerate(order)))}
    place = {identity(item): index for index, item in reversed(list(enumerate(before)))}
    ours = sorted((item for item in merged if identity(item) in rank), key=lambda item: rank[identity(item)])
    others = [item for item in merged if identity(item) not in rank]
    result: list[Any] = []
    for item in ours:
        here = place.get(identity(item), -1)
        while others and place.get(identity(others[0]), len(before)) < here:
            result.append(others.pop(0))
        result.append(item)
    return result + others


def _plain(value: Any) -> Any:
    """A value without nulls and directives."""
    if isinstance(value, dict):
        return {
            key: _plain(item)
            for key, item in value.items()
            if item is not None and not (key.startswith("$") and key.partition("/")[0] in _WORDS)
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


_WORDS = frozenset({DIRECTIVE, _RETAIN, _DELETE_FROM.rstrip("/"), _ORDER.rstrip("/")})
