"""What Go prints, as far as Kubernetes' messages carry it."""

import pytest

from localcluster.objects import golang


def test_values_are_printed_as_go_prints_them() -> None:
    value = {"b": [1, "x", None], "a": {"c": True}}
    assert golang.shown(value) == "map[a:map[c:true] b:[1 x <nil>]]"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", ""),
        ("YQ==", ""),
        ("YW\nI=\r\n", ""),
        ("not base64!", "illegal base64 data at input byte 3"),
        ("YQ", "illegal base64 data at input byte 2"),
    ],
)
def test_what_is_no_base64_is_told_with_its_place(text: str, mistake: str) -> None:
    assert golang.base64_mistake(text) == mistake
