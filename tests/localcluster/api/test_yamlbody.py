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
    assert yamlbody.parse("") is None


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
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
        ("a: [", "yaml: line 2: did not find expected node content"),
        ("a: b: c", "yaml: line 1: mapping values are not allowed in this context"),
        ("a:\n\t- b", "yaml: line 2: found character that cannot start any token"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        yamlbody.parse(text)
    assert refused.value.message == why
