"""Rules of Leases."""

import pytest

from localcluster.types import Object
from tests.localcluster.objects.validation import rules


@pytest.mark.parametrize(
    ("spec", "errors"),
    [
        ({"leaseDurationSeconds": 1, "leaseTransitions": 0, "strategy": "any", "preferredHolder": "me"}, []),
        (
            {"leaseDurationSeconds": 0},
            ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
        ),
        (
            {"leaseTransitions": -1},
            ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ],
)
def test_a_lease_counts_upwards(spec: Object, errors: list[str]) -> None:
    lease: Object = {"kind": "Lease", "metadata": {"name": "demo"}, "spec": spec}
    assert rules.errors(lease) == errors
    assert not spec.keys() & {"strategy", "preferredHolder"}
