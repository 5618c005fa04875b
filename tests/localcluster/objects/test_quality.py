import pytest

from localcluster.objects import quality
from localcluster.types import Object
from tests.localcluster.objects import samples


@pytest.mark.parametrize(
    ("resources", "name"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_requests_and_limits_decide_the_class(resources: Object, name: str) -> None:
    assert quality.qos_class(samples.pod(containers=[samples.container(resources=resources)])) == name
