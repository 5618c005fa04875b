from typing import Any

import pytest

from localcluster.objects import clock, deletion
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects import samples

POD, CONFIG_MAP, NAMESPACE = BY_KIND["Pod"], BY_KIND["ConfigMap"], BY_KIND["Namespace"]


def running(**spec: Any) -> Object:
    return {**samples.pod(nodeName="local-node", **spec), "status": {"phase": "Running"}}


def seconds_left(obj: Object) -> float:
    return (clock.parse(obj["metadata"]["deletionTimestamp"]) - clock.parse(clock.now())).total_seconds()


def test_background_takes_the_other_policies_back() -> None:
    obj = samples.config_map()
    obj["metadata"]["finalizers"] = ["orphan"]
    assert not deletion.mark(CONFIG_MAP, dict(obj, metadata=dict(obj["metadata"])), None, None)
    assert deletion.mark(CONFIG_MAP, obj, "Background", None)


@pytest.mark.parametrize(("grace", "seconds"), [(None, 5), (20, 20), (-1, 1)])
def test_a_running_pod_has_time_to_end(grace: int | None, seconds: int) -> None:
    pod = running(terminationGracePeriodSeconds=5)
    assert not deletion.mark(POD, pod, None, grace)
    assert pod["metadata"]["deletionGracePeriodSeconds"] == seconds
    assert abs(seconds_left(pod) - seconds) <= 1


@pytest.mark.parametrize(
    "pod",
    [
        samples.pod(),
        {**running(), "status": {"phase": "Failed"}},
        {**running(), "status": {"phase": "Succeeded"}},
    ],
)
def test_a_pod_that_does_not_run_is_gone(pod: Object) -> None:
    assert deletion.mark(POD, pod, None, None)


def test_no_grace_is_gone_and_a_second_delete_only_shortens() -> None:
    pod = running()
    assert not deletion.mark(POD, pod, None, 10)
    assert not deletion.mark(POD, pod, None, 20)
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 10
    assert not deletion.mark(POD, pod, None, 2)
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 2
    assert deletion.mark(POD, pod, None, 0)


def test_a_shorter_grace_counts_from_the_first_delete() -> None:
    pod = running()
    pod["metadata"] |= {
        "generation": 2,
        "deletionTimestamp": "2026-01-01T00:00:30Z",
        "deletionGracePeriodSeconds": 30,
    }
    assert not deletion.mark(POD, pod, None, 2)
    assert (pod["metadata"]["deletionTimestamp"], pod["metadata"]["generation"]) == (
        "2026-01-01T00:00:02Z",
        2,
    )


def test_a_pod_that_goes_at_once_shows_that_it_had_no_time() -> None:
    pod = samples.pod()
    assert deletion.mark(POD, pod, None, None)
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 0
    assert pod["metadata"]["deletionTimestamp"]
