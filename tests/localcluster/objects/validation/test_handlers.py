import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

FIRST = "spec.containers[0]"
GRPC = {"grpc": {"port": 1}}
NO_HANDLER = "Required value: must specify a handler type"


def errors(grace: int = 30, **fields: object) -> list[str]:
    pod = samples.pod(containers=[samples.container(**fields)], terminationGracePeriodSeconds=grace)
    return [line.removeprefix(f"{FIRST}.") for line in rules.errors(pod)]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"readinessProbe": {}}, f"readinessProbe: {NO_HANDLER}"),
        ({"lifecycle": {"preStop": {}}}, f"lifecycle.preStop: {NO_HANDLER}"),
        (
            {"livenessProbe": {**GRPC, "exec": {"command": ["x"]}}},
            "livenessProbe.grpc: Forbidden: may not specify",
        ),
        (
            {"livenessProbe": {"grpc": {"port": 0}}},
            "livenessProbe.grpc.port: Invalid value: 0: must be between 1",
        ),
        (
            {"startupProbe": {**GRPC, "successThreshold": 2}},
            "startupProbe.successThreshold: Invalid value: 2",
        ),
        ({"startupProbe": {"httpGet": {"port": "a_b"}}}, "startupProbe.httpGet.port: Invalid value"),
        ({"readinessProbe": {"exec": {}}}, "readinessProbe.exec.command: Required value"),
        (
            {"readinessProbe": {**GRPC, "periodSeconds": -1}},
            "readinessProbe.periodSeconds: Invalid value: -1",
        ),
    ],
)
def test_a_wrong_handler_is_refused(fields: Object, error: str) -> None:
    [line] = errors(**fields)
    assert line.startswith(error)


def test_the_order_is_that_of_kubernetes() -> None:
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    fields: Object = {"lifecycle": {"preStop": {}}, **{word: {} for word in probes}}
    lines = errors(**fields)
    assert [line.partition(": ")[0] for line in lines] == ["lifecycle.preStop", *sorted(probes)]
    assert [line.partition(": ")[0] for line in errors(readinessProbe={"httpGet": {"scheme": "FTP"}})] == [
        "readinessProbe.httpGet.port",
        "readinessProbe.httpGet.scheme",
    ]


@pytest.mark.parametrize("seconds", [-1, 31])
def test_a_hook_sleeps_no_longer_than_the_grace_period(seconds: int) -> None:
    why = "must be non-negative and less than terminationGracePeriodSeconds (30)"
    assert errors(lifecycle={"preStop": {"sleep": {"seconds": seconds}}}) == [
        f"lifecycle.preStop.sleep: Invalid value: {seconds}: {why}"
    ]
    assert errors(lifecycle={"preStop": {"sleep": {"seconds": 31}}}, grace=31) == []
