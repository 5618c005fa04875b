"""YAML as clients send it, read into what JSON can say.

`safe_load` makes no objects, but two things can still harm: the C loader recurses without a limit, so the
depth is looked at first; and aliases blow a small text up into a huge value, so the value is measured while
it is made plain, and merge keys, which are expanded while reading, are refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from localcluster.errors import BadRequest
from localcluster.types import dump

# More values than any body of 3 MiB holds without aliases is worth.
_MOST_VALUES = 500_000
_DEEPEST = 100

if TYPE_CHECKING:
    from yaml import SafeLoader as BaseLoader
else:
    # The C loader reads ten times as fast, where PyYAML was built with it.
    BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(BaseLoader):
    """Scalars as `sigs.k8s.io/yaml` reads them: dates stay text."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse merge keys; called for each mapping before its values are made."""
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(
                None, None, "merge keys (<<) are not supported", node.start_mark
            )


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in BaseLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Any:
    """The value of the first document of a YAML text; as with Kubernetes, what follows is not read.

    Raises:
        BadRequest: It is not YAML, or is too large when written out; the text is the decoder's.
    """
    try:
        _check_depth(text)
        value = next(yaml.load_all(text, Loader=_Loader), None)
        return _Plain().value(value, 0)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadRequest(f"yaml: {_mistake(error)}") from error


def _mistake(error: Exception) -> str:
    """As `goyaml.v2` words what libyaml complains about."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return " ".join(str(error).split())
    context, problem = ((mark.line if mark else 0) for mark in (error.context_mark, error.problem_mark))
    line = context or problem
    # Only of the scanner's mistakes is the line counted from one.
    line += bool(line) and isinstance(error, yaml.scanner.ScannerError)
    return (f"line {line}: " if line else "") + (error.problem or "unknown problem parsing YAML content")


def repeated(text: str) -> list[str]:
    """The keys that stand twice in a map of a YAML text, as its strict decoder words them.

    Args:
        text: What `parse` has read.
    """
    root = next(yaml.compose_all(text, Loader=_Loader), None)
    return [] if root is None else list(_repeated(root, set()))


def _repeated(node: yaml.Node, seen: set[int]) -> Iterator[str]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, seen)
    elif isinstance(node, yaml.MappingNode):
        known: set[Any] = set()
        for key, value in node.value:
            yield from _repeated(value, seen)
            if key.value in known:
                yield f"line {value.start_mark.line + 1}: key {dump(key.value)} already set in map"
            known.add(key.value)


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentEndEvent):
            return
        if depth > _DEEPEST:
            raise ValueError(f"the document is nested more than {_DEEPEST} levels deep")


class _Plain:
    """A copy without shared parts, made of what JSON knows, and counted."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise ValueError("document contains excessive aliasing")
        if isinstance(value, dict):
            return {_key(key): self.value(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        if (
            value is None
            or isinstance(value, (str, int))
            or (isinstance(value, float) and math.isfinite(value))
        ):
            return value
        raise ValueError(f"a value of type {type(value).__name__} cannot be written as JSON")


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, (str, int, float)):
        return str(key)
    raise ValueError(f"a key of type {type(key).__name__} cannot be written as JSON")
