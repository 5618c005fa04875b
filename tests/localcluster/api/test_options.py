"""Parameters read as Go reads them."""

import pytest

from localcluster.api import options
from localcluster.errors import BadRequest, Invalid


@pytest.mark.parametrize(
    ("query", "value"),
    [({}, False), ({"f": "false"}, False), ({"f": "0"}, False), ({"f": "FALSE"}, False)]
    + [({"f": word}, True) for word in ("true", "1", "", "yes")],
)
def test_flags(query: dict[str, str], value: bool) -> None:
    assert options.boolean(query, "f") is value


@pytest.mark.parametrize(("text", "value"), [("", None), ("7", 7), ("-1", -1), ("+3", 3)])
def test_numbers(text: str, value: int | None) -> None:
    assert options.integer({"n": text}, "n") == value


@pytest.mark.parametrize("text", ["x", "1.5", "--1", "-", "9" * 30, "\u0663"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BadRequest, match="invalid syntax"):
        options.integer({"n": text}, "n")


def test_a_manager_is_short_and_printable() -> None:
    for manager in ("x" * 129, "a\tb"):
        with pytest.raises(Invalid, match="fieldManager"):
            options.write_options("CreateOptions", {"fieldManager": manager}, "")
    assert options.write_options("CreateOptions", {}, "a\tb/1").manager == "ab"
    assert options.write_options("CreateOptions", {}, "").manager == "unknown"


def test_a_grace_below_zero_is_one_second() -> None:
    assert options.delete_options({"gracePeriodSeconds": -5}, {}).grace == 1
    assert options.delete_options({}, {"gracePeriodSeconds": "0"}).grace == 0
    assert options.delete_options({}, {}).grace is None
