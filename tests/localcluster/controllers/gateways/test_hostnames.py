"""Hosts of listeners and routes, beside each other."""

import pytest

from localcluster.controllers.gateways import hostnames


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("", "", ""),
        ("", "a.example", "a.example"),
        ("*.example", "a.example", "a.example"),
        ("*.example", "b.a.example", "b.a.example"),
        ("*.example", "*.a.example", "*.a.example"),
        ("*.example", "example", None),
        ("*.example", "aexample", None),
        ("a.example", "b.example", None),
        ("*.a.example", "*.b.example", None),
    ],
)
def test_what_two_hosts_share_does_not_depend_on_their_order(one: str, other: str, both: str | None) -> None:
    assert hostnames.intersection(one, other) == hostnames.intersection(other, one) == both


def test_exact_hosts_go_before_wildcards_and_longer_ones_before_shorter() -> None:
    found = sorted(["*.a.example", "b.a.example", "", "b.example", "*.example"], key=hostnames.specificity)
    assert found == ["", "*.example", "*.a.example", "b.example", "b.a.example"]
