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


def test_only_the_first_document_is_read() -> None:
    assert yamlbody.parse("a: 1\n---\nb: [\n") == {"a": 1}
    assert yamlbody.repeated("a: 1\n---\nb: 1\nb: 2\n") == []
    assert yamlbody.parse("") is None


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
    with pytest.raises(BadRequest, match=r"^yaml: "):
        yamlbody.parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "yaml: line 1: did not find expected node content"),
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a:\n\t- b", "yaml: line 2: found character that cannot start any token"),
    ],
)
def test_a_mistake_is_worded_as_by_the_decoder_of_kubernetes(text: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        yamlbody.parse(text)
    assert refused.value.message == why


def test_keys_that_stand_twice_are_named_with_the_line_of_the_later_value() -> None:
    text = "a: 1\na: 2\nb:\n- c: 1\n  c: {d: 1, d: 2}\n"
    assert yamlbody.repeated(text) == [
        'line 2: key "a" already set in map',
        'line 5: key "d" already set in map',
        'line 5: key "c" already set in map',
    ]


def test_aliases_do_not_multiply_the_search_for_keys() -> None:
    assert yamlbody.repeated(bomb()) == []
