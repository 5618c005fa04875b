"""Values and mistakes in the words of Go, whose libraries word many of Kubernetes' messages."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from localcluster.types import dump

# What Python's decoder complains of, and Go's words for the same.
_EXPECTED = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after the value before it",
    "Extra data": "after top-level value",
}


def shown(value: Any) -> str:
    """A value of JSON as `%v` prints it: `map[a:1 b:[x y]]`, keys sorted."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{shown(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(shown, value))}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def time_mistake(value: str, *, micro: bool = False) -> str:
    """That a text is no time of RFC 3339, which `time.Parse` says with the layout it wants."""
    layout = f"2006-01-02T15:04:05{'.000000' if micro else ''}Z07:00"
    return f"parsing time {dump(value)} as {dump(layout)}: it has another layout"


def json_mistake(error: json.JSONDecodeError) -> str:
    """Why a text is not JSON, in the words of `encoding/json` as far as Python knows what it expected."""
    letter = error.doc[error.pos : error.pos + 1]
    if not letter or error.msg.startswith("Unterminated"):
        return "unexpected end of JSON input"
    return f"invalid character {letter!r} {_EXPECTED.get(error.msg, 'in literal')}"


def base64_mistake(text: str) -> str:
    """Why a text is not base64, as `encoding/base64` says it; "" when it is."""
    plain = text.replace("\r", "").replace("\n", "")
    try:
        base64.b64decode(plain, validate=True)
    except ValueError:
        at = re.match("[A-Za-z0-9+/]*", plain, re.ASCII)
        return f"illegal base64 data at input byte {at.end() if at else 0}"
    return ""
