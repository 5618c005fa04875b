import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"clusterIP": "None", "ports": []},
        {"type": "NodePort"},
        {"type": "ExternalName", "externalName": "a.example.", "ports": []},
        {"sessionAffinity": "ClientIP"},
        {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 1, "protocol": "UDP"}]},
    ],
)
def test_a_good_service_passes(spec: Object) -> None:
    assert rules.errors(samples.service(**spec)) == []


NODE_PORTS = [{"name": name, "port": 1 + at, "nodePort": 30001} for at, name in enumerate("ab")]


@pytest.mark.parametrize(
    ("spec", "lines"),
    [
        ({"ports": []}, ["spec.ports: Required"]),
        ({"type": "ExternalName", "externalName": "a", "clusterIP": "None"}, ["spec.clusterIPs: Forbidden"]),
        (
            {"type": "ExternalName", "externalName": "a", "ipFamilies": ["IPv4"]},
            ["spec.ipFamilies: Forbidden"],
        ),
        ({"type": "ExternalName"}, ["spec.externalName: Required"]),
        ({"type": "NodePort", "clusterIP": "None"}, ['spec.clusterIPs[0]: Invalid value: "None"']),
        ({"ipFamilies": ["IPv6"]}, ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured']),
        ({"ipFamilyPolicy": "RequireDualStack"}, ["spec.ipFamilyPolicy: Invalid"]),
        (
            {"ports": [{"port": 0}]},
            [f"spec.ports[0].{word}: Invalid value: 0" for word in ("port", "targetPort")],
        ),
        ({"ports": [{"port": 1}, {"port": 2}]}, [f"spec.ports[{at}].name: Required value" for at in (0, 1)]),
        ({"ports": [{"name": "a", "port": 1}, {"name": "a", "port": 2}]}, ["spec.ports[1].name: Duplicate"]),
        ({"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 1}]}, ["spec.ports[1]: Duplicate value"]),
        ({"ports": [{"port": 1, "nodePort": 30000}]}, ["spec.ports[0].nodePort: Forbidden: may not be used"]),
        ({"type": "NodePort", "ports": NODE_PORTS}, ["spec.ports[1].nodePort: Duplicate value: 30001"]),
        ({"type": "Other"}, ['spec.type: Unsupported value: "Other": supported values: "ClusterIP", ']),
        ({"sessionAffinity": "x"}, ["spec.sessionAffinity: Unsupported"]),
        ({"clusterIP": "x"}, ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address']),
        ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}, ["spec.clusterIPs: Invalid value"]),
        ({"internalTrafficPolicy": "x"}, ["spec.internalTrafficPolicy: Unsupported"]),
        ({"externalTrafficPolicy": "Local"}, ["spec.externalTrafficPolicy: Invalid"]),
    ],
)
def test_a_wrong_service_is_refused(spec: Object, lines: list[str]) -> None:
    found = rules.errors(samples.service(**spec))
    assert [line[: len(wanted)] for line, wanted in zip(found, lines, strict=True)] == lines


def test_an_address_never_changes() -> None:
    old = samples.service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"])
    new = samples.service(clusterIP="10.0.0.2", clusterIPs=["10.0.0.2"])
    assert rules.change_errors(old, new) == [
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'
    ]
    assert rules.change_errors(old, samples.service(type="ExternalName", externalName="a")) == []


def test_a_change_is_complained_of_before_the_service_itself() -> None:
    old = samples.service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"])
    new = samples.service(clusterIP="10.0.0.2", clusterIPs=["10.0.0.2"], ports=[])
    fields = [line.partition(": ")[0] for line in rules.change_errors(old, new)]
    assert fields == ["spec.clusterIPs[0]", "spec.ports"]
