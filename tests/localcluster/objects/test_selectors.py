import pytest

from localcluster.errors import BadRequest
from localcluster.objects import selectors
from localcluster.resources import BY_KIND
from localcluster.types import Object

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
        ("x>0", True, False, False),
        ("x<1", False, False, False),
        ("tier>0", False, False, False),
        ("tier in (,a)", True, False, False),
        ("tier=", False, False, False),
        ("", True, True, True),
    ],
)
def test_labels_are_selected_as_in_kubernetes(text: str, one: bool, two: bool, none: bool) -> None:
    selector = selectors.parse_labels(text)
    assert (selector.matches(ONE), selector.matches(TWO), selector.matches(None)) == (one, two, none)


@pytest.mark.parametrize(
    "text", ["tier in a", "tier in (a", "=a", "a b", "a,", "a>b", "a=b=c", "(", "a=b c", "a/b/c=d"]
)
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="unable to parse requirement"):
        selectors.parse_labels(text)


def test_a_selector_object_means_all_its_terms() -> None:
    selector: Object = {
        "matchLabels": {"tier": "a"},
        "matchExpressions": [
            {"key": "x", "operator": "In", "values": ["1", "2"]},
            {"key": "y", "operator": "DoesNotExist"},
        ],
    }
    assert selectors.from_object(selector).matches(ONE)
    assert not selectors.from_object(selector).matches(ONE | {"y": ""})
    text = selectors.format_object(selector)
    assert text == "!y,tier=a,x in (1,2)"
    assert selectors.parse_labels(text).matches(ONE)


def test_fields_are_selected_by_their_text() -> None:
    pod: Object = {"metadata": {"name": "a"}, "spec": {"nodeName": "n", "hostNetwork": True}, "status": {}}
    for text, wanted in (
        ("metadata.name=a,spec.nodeName!=m", True),
        ("status.phase=", True),
        ("spec.hostNetwork=true", True),
        ("spec.nodeName=m", False),
    ):
        matches = selectors.matcher(BY_KIND["Pod"], "", text)
        assert matches(pod) is wanted


def test_only_indexed_fields_can_be_selected() -> None:
    with pytest.raises(BadRequest, match="field label not supported"):
        selectors.parse_fields(BY_KIND["Pod"], "spec.dnsPolicy=x")
    with pytest.raises(BadRequest, match="is not a known field selector"):
        selectors.parse_fields(BY_KIND["ConfigMap"], "data.a=1")
    with pytest.raises(BadRequest, match="invalid selector"):
        selectors.parse_fields(BY_KIND["Pod"], "spec.nodeName")
