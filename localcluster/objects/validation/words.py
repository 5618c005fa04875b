"""What names, keys and ports may look like: each test gives the complaints about one value.

Formats and wording: `k8s.io/apimachinery/pkg/util/validation` and `pkg/api/validate/content`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from localcluster.errors import FieldError, invalid, required, unsupported

Test = Callable[[str], list[str]]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
_PORT_NAME_LENGTH = 15
EMPTY = "must be non-empty"


def mismatch(rule: str, pattern: str, *examples: str) -> str:
    """The complaint that a value does not match a pattern."""
    if not examples:
        return f"{rule} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {shown}regex used for validation is '{pattern}')"


def longer_than(length: int) -> str:
    """The complaint that a value is too long."""
    return f"must be no more than {length} bytes"


def between(low: int, high: int) -> str:
    """The complaint that a number is out of range."""
    return f"must be between {low} and {high}, inclusive"


def _checked(value: str, length: int, pattern: str, complaint: str) -> list[str]:
    found = [longer_than(length)] if len(value.encode()) > length else []
    return found if re.fullmatch(pattern, value) else [*found, complaint]


def dns_label(value: str) -> list[str]:
    """An RFC 1123 label."""
    rule = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        "and must start and end with an alphanumeric character"
    )
    complaint = mismatch(rule, _LABEL, "my-name", "123-abc")
    # What would be right with dots is told what is wrong in short.
    dotted = re.fullmatch(_SUBDOMAIN, value)
    return _checked(value, LABEL_LENGTH, _LABEL, "must not contain dots" if dotted else complaint)


def path_segment(value: str) -> list[str]:
    """A name that may stand between two slashes of a path (`pkg/api/validation/path`)."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{sign}'" for sign in "/%" if sign in value]


def dns_subdomain(value: str) -> list[str]:
    """An RFC 1123 subdomain: labels joined by dots."""
    rule = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        "and must start and end with an alphanumeric character"
    )
    return _checked(value, SUBDOMAIN_LENGTH, _SUBDOMAIN, mismatch(rule, _SUBDOMAIN, "example.com"))


def wildcard_subdomain(value: str) -> list[str]:
    """A subdomain behind one `*.`."""
    pattern = rf"\*\.{_SUBDOMAIN}"
    rule = (
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
        "consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
    )
    return _checked(value, SUBDOMAIN_LENGTH, pattern, mismatch(rule, pattern, "*.example.com"))


def qualified_name(value: str) -> list[str]:
    """A label's or annotation's key: a name, perhaps behind a domain and a slash."""
    rule = (
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character"
    )
    pattern = mismatch(rule, _NAME, "MyName", "my.name", "123-abc")
    parts = value.split("/")
    if len(parts) > 2:
        prefix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a qualified name {pattern} {prefix}"]
    found = []
    if len(parts) == 2:
        found += (
            [f"prefix part {EMPTY}"] if not parts[0] else _prefixed("prefix part", dns_subdomain(parts[0]))
        )
    if not parts[-1]:
        found.append(f"name part {EMPTY}")
    return found + _prefixed("name part", _checked(parts[-1], LABEL_LENGTH, _NAME, pattern))


def _prefixed(word: str, complaints: list[str]) -> list[str]:
    return [f"{word} {complaint}" for complaint in complaints]


def label_value(value: str) -> list[str]:
    """A label's value; it may be empty."""
    pattern = f"({_NAME})?"
    rule = (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
        "and must start and end with an alphanumeric character"
    )
    return _checked(value, LABEL_LENGTH, pattern, mismatch(rule, pattern, "MyValue", "my_value", "12345"))


def config_key(value: str) -> list[str]:
    """A key of a ConfigMap or a Secret: usable as a file name."""
    pattern = "[-._a-zA-Z0-9]+"
    rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    complaint = mismatch(rule, pattern, "key.name", "KEY_NAME", "key-name")
    found = _checked(value, SUBDOMAIN_LENGTH, pattern, complaint)
    if value in (".", ".."):
        found.append(f"must not be '{value}'")
    elif value.startswith(".."):
        found.append("must not start with '..'")
    return found


def variable_name(value: str) -> list[str]:
    """An environment variable's name, as relaxed in Kubernetes 1.34."""
    if not value:
        return [f"environment variable name {EMPTY}"]
    if all(" " <= letter <= "~" and letter != "=" for letter in value):
        return []
    rule = "a valid environment variable name must consist only of printable ASCII characters other than '='"
    return [rule]


def port_name(value: str) -> list[str]:
    """The name of a port: an RFC 6335 service name."""
    rules = {
        longer_than(_PORT_NAME_LENGTH): len(value) <= _PORT_NAME_LENGTH,
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)": bool(
            re.fullmatch("[-a-z0-9]+", value)
        ),
        "must contain at least one letter (a-z)": bool(re.search("[a-z]", value)),
        "must not contain consecutive hyphens": "--" not in value,
        "must not begin or end with a hyphen": value.strip("-") == value,
    }
    return [complaint for complaint, holds in rules.items() if not holds]


def percent(value: str) -> list[str]:
    """A percentage such as `25%`."""
    rule = "a valid percent string must be a numeric string followed by an ending '%'"
    return [] if re.fullmatch("[0-9]+%", value) else [mismatch(rule, "[0-9]+%", "1%", "93%")]


def ip_address(value: str) -> list[str]:
    """An IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return []


def complain(field: str, value: Any, complaints: Sequence[str]) -> Iterator[FieldError]:
    """The complaints about a field's value as field errors."""
    return (invalid(field, value, complaint) for complaint in complaints)


def demand(field: str, value: str, complaints: Sequence[str], missing: str = "") -> Iterator[FieldError]:
    """That a word is missing, or the complaints about it."""
    if not value:
        yield required(field, missing)
    else:
        yield from complain(field, value, complaints)


def port_number(field: str, value: Any) -> Iterator[FieldError]:
    """A port's number."""
    if not 1 <= value <= 65535:
        yield invalid(field, value, between(1, 65535))


def port(field: str, value: Any) -> Iterator[FieldError]:
    """A port's number or name."""
    if isinstance(value, str):
        yield from complain(field, value, port_name(value))
    else:
        yield from port_number(field, value)


def not_negative(field: str, value: Any) -> Iterator[FieldError]:
    """A number from zero up; None passes."""
    if value is not None and value < 0:
        yield invalid(field, value, "must be greater than or equal to 0")


def in_range(field: str, value: Any, low: int, high: int) -> Iterator[FieldError]:
    """A number in a range; None passes."""
    if value is not None and not low <= value <= high:
        yield invalid(field, value, between(low, high))


def one_of(field: str, value: Any, allowed: Sequence[str]) -> Iterator[FieldError]:
    """One of some words."""
    if value not in allowed:
        yield unsupported(field, value, allowed)
