"""What Go prints, as far as Kubernetes' messages carry it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.objects import golang


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "unexpected end of JSON input"),
        ('{"a":', "unexpected end of JSON input"),
        ('{"a"}', "invalid character '}' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ("{'a'}", r"invalid character '\'' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("[1 2]", "invalid character '2' after array element"),
        ("tru3", "invalid character '3' in literal true (expecting 'e')"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ('"\t"', r"invalid character '\t' in string literal"),
        ("\0", r"invalid character '\x00' looking for beginning of value"),
        (r'"\x"', "invalid character 'x' in string escape code"),
        (r'"\u00z0"', r"invalid character 'z' in \u hexadecimal character escape"),
        ("1 1", "invalid character '1' after top-level value"),
        ("[" * 100_000, "exceeded max depth"),
    ],
)
def test_a_mistake_in_json_is_told_as_go_tells_it(text: str, mistake: str) -> None:
    assert golang.json_mistake(text) == mistake


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_VALUES)
def test_what_is_json_has_no_mistake(value: Any) -> None:
    assert golang.json_mistake(json.dumps(value)) == ""
    assert golang.json_mistake(json.dumps(value, ensure_ascii=False, indent=1)) == ""


@given(_VALUES, st.integers(0, 30), st.sampled_from('{}[]",:x1'))
def test_what_python_refuses_go_refuses(value: Any, at: int, letter: str) -> None:
    text = json.dumps(value)
    broken = text[:at] + letter + text[at:]
    try:
        json.loads(broken)
    except ValueError:
        assert golang.json_mistake(broken) != ""
    else:
        assert golang.json_mistake(broken) == ""


def test_values_are_printed_as_go_prints_them() -> None:
    value = {"b": [1, "x", None], "a": {"c": True}}
    assert golang.shown(value) == "map[a:map[c:true] b:[1 x <nil>]]"
    assert golang.literal(value) == (
        'map[string]interface {}{"a":map[string]interface {}{"c":true}, '
        '"b":[]interface {}{1, "x", interface {}(nil)}}'
    )
    assert golang.kind([]) == "slice"
    assert golang.type_name("x") == "string"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", None),
        ("YQ==", None),
        ("YW\nI=\r\n", None),
        ("not base64!", 3),
        ("YQ", 0),
        ("YWJjZ", 4),
        ("YQ=", 3),
        ("YQ=x", 3),
        ("Y===", 1),
        ("YQ==YQ==", 4),
        ("\x80", 0),
    ],
)
def test_what_is_no_base64_is_told_with_its_place(text: str, at: int | None) -> None:
    wanted = "" if at is None else f"illegal base64 data at input byte {at}"
    assert golang.base64_mistake(text) == wanted


@given(st.binary())
def test_what_is_base64_has_no_mistake(data: bytes) -> None:
    assert golang.base64_mistake(base64.b64encode(data).decode()) == ""
    assert golang.base64_mistake(base64.urlsafe_b64encode(data).decode().rstrip("="), padded=False) == ""


@given(st.text("Ab+/=\n", max_size=12))
def test_python_reads_what_go_reads_as_base64(text: str) -> None:
    if golang.base64_mistake(text) == "":
        base64.b64decode(text.replace("\n", ""), validate=True)
