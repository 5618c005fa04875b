"""Values and mistakes in the words of Go, whose libraries word many of Kubernetes' messages."""

from __future__ import annotations

import json
import re
from typing import Any

from localcluster.types import dump

_LITERALS = {"t": "true", "f": "false", "n": "null"}
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_PADDING = ord("=")
_NAMED = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
}
_TIME_PARTS = (r"\d{4}", "-", r"\d\d", "-", r"\d\d", "T", r"\d\d", ":", r"\d\d", ":", r"\d\d")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_KINDS = {bool: "bool", int: "int64", float: "float64", str: "string", list: "slice", dict: "map"}
_TYPES = {**_KINDS, list: "[]interface {}", dict: "map[string]interface {}"}
_JSON_KINDS = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}


def shown(value: Any) -> str:
    """A value of JSON as `%v` prints it: `map[a:1 b:[x y]]`, keys sorted."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{shown(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(shown, value))}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def literal(value: Any) -> str:
    """A value of JSON as `%#v` prints it: `map[string]interface {}{"a":1}`, keys sorted."""
    if isinstance(value, dict):
        inner = ", ".join(f"{dump(key)}:{literal(value[key])}" for key in sorted(value))
        return f"{type_name(value)}{{{inner}}}"
    if isinstance(value, list):
        return f"{type_name(value)}{{{', '.join(map(literal, value))}}}"
    return "interface {}(nil)" if value is None else dump(value)


def type_name(value: Any) -> str:
    """The type of a value of JSON as `%T` prints it."""
    return _TYPES.get(type(value), "<nil>")


def time_mistake(value: str, *, micro: bool = False) -> str:
    """Where a text leaves the layout of a time of RFC 3339, as `time.Parse` says it."""
    layout = f"2006-01-02T15:04:05{'.000000' if micro else ''}Z07:00"
    rest, wanted = value, "2006"
    for part, word in zip(
        _TIME_PARTS, ("2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"), strict=True
    ):
        if not (found := re.match(part, rest, re.ASCII)):
            wanted = word
            break
        rest = rest[found.end() :]
    else:
        wanted = ".000000" if micro and not re.match(r"\.\d{6}(?!\d)", rest) else "Z07:00"
    return f"parsing time {dump(value)} as {dump(layout)}: cannot parse {dump(rest)} as {dump(wanted)}"


def kind(value: Any) -> str:
    """The kind of a value of JSON (`reflect.Kind`)."""
    return _KINDS.get(type(value), "invalid")


def mismatch(value: Any, wanted: str) -> str:
    """The complaint of `encoding/json` about a value that does not fit a type."""
    return f"json: cannot unmarshal {_JSON_KINDS.get(type(value), 'object')} into {wanted}"


def map_mistake(text: str) -> str:
    """Why a text is not JSON that fits a map, in the same words."""
    if why := json_mistake(text):
        return why
    value = json.loads(text)
    return (
        "" if isinstance(value, dict | None) else mismatch(value, "Go value of type map[string]interface {}")
    )


class _Mistake(Exception):  # noqa: N818 - a finding, not a failure
    """Where a text stops being JSON."""


def base64_mistake(text: str, *, padded: bool = True) -> str:
    """Why a text is not base64, as `encoding/base64` says it, which passes over line breaks; "" when it is.

    Args:
        text: The text.
        padded: Whether it is of the standard alphabet with padding; else the one for URLs without.
    """
    at = _stray(text.encode(errors="replace"), padded=padded)
    return "" if at is None else f"illegal base64 data at input byte {at}"


def _stray(data: bytes, *, padded: bool) -> int | None:
    """Where a text stops being base64."""
    signs = [at for at, sign in enumerate(data) if sign not in b"\r\n"]
    known = _LETTERS | frozenset(b"+/" if padded else b"-_")
    count = next((number for number, at in enumerate(signs) if data[at] not in known), len(signs))
    left, rest = count % 4, signs[count:]
    if not rest:
        return None if left == 0 or (left > 1 and not padded) else len(data) - left
    if not padded or data[rest[0]] != _PADDING or left < 2:
        return rest[0]
    need = 4 - left
    if len(rest) < need:
        return len(data)
    if data[rest[need - 1]] != _PADDING:
        return rest[need - 1]
    return rest[need] if len(rest) > need else None


def json_mistake(text: str) -> str:
    """Why a text is not JSON, as `encoding/json` says it; "" when it is JSON to Go."""
    try:
        _Scanner(text).document()
    except _Mistake as mistake:
        return str(mistake)
    except RecursionError:
        return "exceeded max depth"
    return ""


def _escaped(letter: str) -> str:
    """A letter as `strconv.Quote` writes it."""
    if letter in _NAMED:
        return _NAMED[letter]
    if letter.isprintable():
        return letter
    return f"\\x{ord(letter):02x}" if ord(letter) < 128 else dump(letter)[1:-1]


class _Scanner:
    """The states of `encoding/json/scanner.go`; only asked when a text is known to be broken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def document(self) -> None:
        self._value()
        self._space()
        if self._peek():
            self._fail("after top-level value")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _fail(self, where: str) -> None:
        letter = self._peek()
        if not letter:
            raise _Mistake("unexpected end of JSON input")
        quoted = {"'": r"'\''", '"': "'\"'"}.get(letter) or f"'{_escaped(letter)}'"
        raise _Mistake(f"invalid character {quoted} {where}")

    def _space(self) -> None:
        while self._peek() and self._peek() in " \t\r\n":
            self._at += 1

    def _value(self) -> None:
        self._space()
        letter = self._peek()
        if letter == "{":
            self._object()
        elif letter == "[":
            self._array()
        elif letter == '"':
            self._string()
        elif letter in _LITERALS:
            self._literal(_LITERALS[letter])
        elif letter == "-" or letter in _DIGITS:
            self._number()
        else:
            self._fail("looking for beginning of value")

    def _object(self) -> None:
        self._at += 1
        self._space()
        if self._taken("}"):
            return
        while True:
            self._space()
            if self._peek() != '"':
                self._fail("looking for beginning of object key string")
            self._string()
            self._space()
            if not self._taken(":"):
                self._fail("after object key")
            self._value()
            self._space()
            if self._taken("}"):
                return
            if not self._taken(","):
                self._fail("after object key:value pair")

    def _array(self) -> None:
        self._at += 1
        self._space()
        if self._taken("]"):
            return
        while True:
            self._value()
            self._space()
            if self._taken("]"):
                return
            if not self._taken(","):
                self._fail("after array element")

    def _taken(self, sign: str) -> bool:
        found = self._peek() == sign
        self._at += found
        return found

    def _string(self) -> None:
        self._at += 1
        while not self._taken('"'):
            if self._taken("\\"):
                self._escape()
            elif self._peek() < " ":  # the end of the text, too
                self._fail("in string literal")
            else:
                self._at += 1

    def _escape(self) -> None:
        if self._taken("u"):
            for _ in range(4):
                self._one_of(_HEXADECIMAL, r"in \u hexadecimal character escape")
        else:
            self._one_of(frozenset('bfnrt\\/"'), "in string escape code")

    def _one_of(self, letters: frozenset[str], where: str) -> None:
        if self._peek() not in letters:
            self._fail(where)
        self._at += 1

    def _literal(self, word: str) -> None:
        for letter in word:
            if not self._taken(letter):
                self._fail(f"in literal {word} (expecting '{letter}')")

    def _number(self) -> None:
        self._taken("-")
        if not self._taken("0"):
            self._digits("in numeric literal")
        if self._taken("."):
            self._digits("after decimal point in numeric literal")
        if self._peek() and self._peek() in "eE":
            self._at += 1
            if not self._taken("+"):
                self._taken("-")
            self._digits("in exponent of numeric literal")

    def _digits(self, where: str) -> None:
        self._one_of(_DIGITS, where)
        while self._peek() in _DIGITS:
            self._at += 1
