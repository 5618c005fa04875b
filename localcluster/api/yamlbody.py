"""YAML as clients send it, read into what JSON can say.

`safe_load` makes no objects, but two things can still harm: the C loader recurses without a limit, and
aliases blow a small text up into a huge value. So the events of the text are looked at first: a deep text is
refused, and so is one with an alias.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import yaml

from localcluster.errors import BadRequest

_DEEPEST = 100

if TYPE_CHECKING:
    from yaml import SafeLoader as BaseLoader
else:
    # The C loader reads ten times as fast, where PyYAML was built with it.
    BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(BaseLoader):
    """Scalars as `sigs.k8s.io/yaml` reads them: dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in BaseLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Any:
    """The value of the first document of a YAML text; as with Kubernetes, what follows is not read.

    Raises:
        BadRequest: It is not YAML, is nested too deeply, or has an alias.
    """
    try:
        _check(text)
        return _plain(next(yaml.load_all(text, Loader=_Loader), None))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise BadRequest(f"yaml: {line}{error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadRequest(f"yaml: {' '.join(str(error).split())}") from error


def _check(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise ValueError(f"aliases are not read here: write out the value instead of *{event.anchor}")
        elif isinstance(event, yaml.DocumentEndEvent):
            return
        if depth > _DEEPEST:
            raise ValueError(f"the document is nested more than {_DEEPEST} levels deep")


def _plain(value: Any) -> Any:
    """A value made of what JSON knows."""
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError(f"a value of type {type(value).__name__} cannot be written as JSON")


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, (str, int, float)):
        return str(key)
    raise ValueError(f"a key of type {type(key).__name__} cannot be written as JSON")
