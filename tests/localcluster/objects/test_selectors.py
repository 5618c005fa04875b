"""Selector objects."""

from localcluster.objects import queries, selectors
from localcluster.types import Object

ONE = {"tier": "a", "x": "1"}


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
    assert text == "tier=a,x in (1,2),!y"
    assert queries.parse_labels(text).matches(ONE)
