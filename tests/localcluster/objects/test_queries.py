"""Selectors as a request carries them."""

import pytest

from localcluster.errors import BadRequest
from localcluster.objects import queries
from localcluster.storage.resources import BY_KIND

ONE = {"tier": "a", "x": "1"}
TWO = {"tier": "b"}


@pytest.mark.parametrize(
    ("text", "one", "two", "none"),
    [
        ("tier=a", True, False, False),
        ("tier==a", True, False, False),
        ("tier!=a", False, True, True),
        ("tier in (a,b)", True, True, False),
        ("tier notin (b)", True, False, True),
        ("x", True, False, False),
        ("!x", False, True, True),
        ("tier=a,x=1", True, False, False),
        ("tier = a , !y", True, False, False),
        ("tier in (,a)", True, False, False),
        ("tier=", False, False, False),
        ("", True, True, True),
    ],
)
def test_labels_are_selected_as_in_kubernetes(text: str, one: bool, two: bool, none: bool) -> None:
    selector = queries.parse_labels(text)
    assert (selector.matches(ONE), selector.matches(TWO), selector.matches(None)) == (one, two, none)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(
            (
                text,
                f"unable to parse requirement: found '{text.rpartition(',')[2]}', expected: key, !key, key=",
            )
            for text in ("tier in a", "tier in (a", "tier in (=)", "=a", "!", "a b", "a,", "a=b=c", "(")
        ),
        (
            "tier in ()",
            "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set "
            "can't be empty",
        ),
        (
            "a/b/c=d",
            'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist of',
        ),
        (
            "a=*b",
            'unable to parse requirement: values[0][a]: Invalid value: "*b": a valid label must be an empty',
        ),
    ],
)
def test_what_is_no_selector_is_refused_in_the_words_of_kubernetes(text: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        queries.parse_labels(text)
    assert refused.value.message.startswith(why)


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("Pod", "spec.dnsPolicy=x", "field label not supported: spec.dnsPolicy"),
        (
            "ConfigMap",
            "data.a=1",
            '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("Namespace", "metadata.namespace=x", "field label not supported: metadata.namespace"),
        ("Gateway", "spec.a=b", "field label not supported: spec.a"),
        ("Pod", "a=b,spec.nodeName", "field label not supported: a"),
        ("Pod", "spec.nodeName", "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"),
    ],
)
def test_only_indexed_fields_can_be_selected(kind: str, text: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        queries.parse_fields(BY_KIND[kind], text)
    assert refused.value.message == why
