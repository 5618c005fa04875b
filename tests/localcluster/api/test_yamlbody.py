"""YAML becomes JSON, or is refused."""

import pytest

from localcluster.api import yamlbody
from localcluster.errors import BadRequest


def test_scalars_are_read_as_kubernetes_reads_them() -> None:
    text = "{a: yes, b: 2026-11-24, c: 1.5, d: null, 7: x, true: y, e: '1'}"
    assert yamlbody.parse(text) == {
        "a": True,
        "b": "2026-11-24",
        "c": 1.5,
        "d": None,
        "7": "x",
        "true": "y",
        "e": "1",
    }


def test_aliases_are_written_out() -> None:
    assert yamlbody.parse("a: &x [1]\nb: *x\n") == {"a": [1], "b": [1]}


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(),
        "a: &a [*a]",
        "a: &a {x: 1}\nb: {<<: *a}",
        "!!python/object/apply:os.getcwd []",
        "a: !!set {x}",
        "a: !!binary eA==",
        "a: .nan",
        "{a: 1",
        "? [1]\n: 2",
        "[" * 200 + "]" * 200,
        "[" * 100_000,
    ],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="error converting YAML to JSON"):
        yamlbody.parse(text)
