from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

X = "eA=="


def secret(kind: str = "Opaque", *keys: str, **fields: Any) -> Object:
    return {
        "kind": "Secret",
        "metadata": {"name": "demo"},
        "type": kind,
        "data": dict.fromkeys(keys, X),
        **fields,
    }


@pytest.mark.parametrize(
    ("obj", "fields"),
    [
        (samples.config_map(**{"a.b_c-d": "1"}), []),
        (samples.config_map(**{"a b": "1"}), ["data[a b]"]),
        (samples.config_map(a="x" * 1024 * 1024 + "x"), ["[]"]),
        (secret("Opaque", "a"), []),
        (secret("Opaque", "a/b"), ["data[a/b]"]),
        (secret("kubernetes.io/tls", "tls.crt", "tls.key"), []),
        (secret("kubernetes.io/tls", "tls.crt"), ["data[tls.key]"]),
    ],
)
def test_keys_are_file_names_and_types_ask_for_keys(obj: Object, fields: list[str]) -> None:
    assert rules.fields(obj) == fields


def test_a_secret_keeps_its_type() -> None:
    assert rules.change_errors(secret(), secret("other")) == [
        'type: Invalid value: "other": field is immutable'
    ]


@pytest.mark.parametrize(
    "make",
    [lambda **fields: secret("Opaque", "a", **fields), lambda **fields: samples.config_map(a=X) | fields],
)
def test_what_is_marked_immutable_stays(make: Any) -> None:
    frozen = make(immutable=True)
    assert rules.change_errors(make(), frozen) == []
    why = "Forbidden: field is immutable when `immutable` is set"
    assert rules.change_errors(frozen, make()) == [f"immutable: {why}"]
    assert rules.change_errors(frozen, make(immutable=True, data={"a": "eQ=="})) == [f"data: {why}"]
