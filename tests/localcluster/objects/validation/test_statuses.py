import pytest

from localcluster.objects import validation
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects import samples

BALANCED = "status.loadBalancer.ingress"
POD = BY_KIND["Pod"]


def rule(operator: str, code: int) -> Object:
    return {"action": "Restart", "exitCodes": {"operator": operator, "values": [code]}}


def errors(obj: Object, **status: object) -> list[str]:
    obj["status"] = status
    return [str(error) for error in validation.of_status(BY_KIND[obj["kind"]], obj, obj)]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
@pytest.mark.parametrize(
    ("status", "lines"),
    [
        ({"replicas": 2, "readyReplicas": 2, "availableReplicas": 1, "observedGeneration": 1}, []),
        (
            {"observedGeneration": -1},
            ["status.observedGeneration: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            {"replicas": 1, "readyReplicas": 2},
            ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"],
        ),
        (
            {"replicas": 2, "readyReplicas": 1, "availableReplicas": 2},
            ["status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"],
        ),
    ],
)
def test_no_part_of_the_pods_is_more_than_all(kind: str, status: Object, lines: list[str]) -> None:
    assert errors(samples.workload(kind), **status) == lines


@pytest.mark.parametrize(
    ("kind", "entry", "lines"),
    [
        ("LoadBalancer", {"ip": "10.0.0.1"}, []),
        (
            "LoadBalancer",
            {"ip": "x"},
            [
                f'{BALANCED}[0].ip: Invalid value: "x": '
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            ],
        ),
        (
            "LoadBalancer",
            {"hostname": "10.0.0.1"},
            [f'{BALANCED}[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ),
        (
            "ClusterIP",
            {"ip": "10.0.0.1"},
            [f"{BALANCED}: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
        ),
    ],
)
def test_only_a_load_balancer_has_addresses(kind: str, entry: Object, lines: list[str]) -> None:
    assert errors(samples.service(type=kind), loadBalancer={"ingress": [entry]}) == lines


def test_the_class_of_a_pod_is_settled() -> None:
    old, new = samples.pod(), samples.pod()
    old["status"], new["status"] = {"qosClass": "BestEffort"}, {"qosClass": "Guaranteed"}
    [error] = validation.of_status(BY_KIND["Pod"], old, new)
    assert str(error) == 'status.qosClass: Invalid value: "Guaranteed": field is immutable'


ENDED = "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"


@pytest.mark.parametrize(
    ("policy", "code", "own", "lines"),
    [
        ("Always", 0, {}, []),
        ("OnFailure", 1, {}, []),
        ("OnFailure", 0, {}, [ENDED]),
        ("Never", 1, {}, [ENDED]),
        ("Never", 1, {"restartPolicy": "OnFailure"}, []),
        ("Always", 1, {"restartPolicy": "Never"}, [ENDED]),
        ("Never", 42, {"restartPolicyRules": [rule("In", 42)]}, []),
        ("Never", 41, {"restartPolicyRules": [rule("In", 42)]}, [ENDED]),
        ("Never", 41, {"restartPolicyRules": [rule("NotIn", 42)]}, []),
    ],
)
def test_a_container_that_ended_for_good_does_not_run_again(
    policy: str, code: int, own: Object, lines: list[str]
) -> None:
    old = samples.pod(restartPolicy=policy)
    old["spec"]["containers"][0] |= own
    name = old["spec"]["containers"][0]["name"]
    ended: Object = {"name": name, "state": {"terminated": {"exitCode": code}}}
    running: Object = {"name": name, "state": {"running": {}}}
    for state, expected in ((running, lines), (ended, [])):
        before, after = ({**old, "status": {"containerStatuses": [one]}} for one in (ended, state))
        assert [str(error) for error in validation.of_status(POD, before, after)] == expected


def test_a_container_that_is_not_told_of_any_more_is_no_mistake() -> None:
    ended = {"name": "x", "state": {"terminated": {"exitCode": 0}}}
    old = {**samples.pod(restartPolicy="Never"), "status": {"containerStatuses": [ended]}}
    assert validation.of_status(POD, old, {**old, "status": {}}) == []


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
def test_metadata_written_with_a_status_keeps_its_rules(kind: str) -> None:
    old, new = samples.workload(kind), samples.workload(kind)
    new["metadata"]["annotations"] = {"a b": "1"}
    [error] = validation.of_status(BY_KIND[kind], old, new)
    assert error.field == "metadata.annotations"
