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


@pytest.mark.parametrize(
    ("spec", "lines"),
    [
        ({"ports": []}, ["spec.ports: Required value"]),
        (
            {"type": "ExternalName", "externalName": "a.example", "clusterIP": "None"},
            ["spec.clusterIPs: Forbidden: may not be set for ExternalName services"],
        ),
        (
            {"type": "NodePort", "clusterIP": "None"},
            ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
        ),
        (
            {"type": "ExternalName", "externalName": "a.example", "ipFamilies": ["IPv4"]},
            ["spec.ipFamilies: Forbidden: may not be set for ExternalName services"],
        ),
        (
            {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "RequireDualStack"},
            [
                'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
                'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
                "this cluster is not configured for dual-stack services",
            ],
        ),
        (
            {"ports": [{"port": 0}]},
            [
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            {"ports": [{"port": 1}, {"port": 2}]},
            ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
        ),
        (
            {"ports": [{"name": "a", "port": 1}, {"name": "a", "port": 1}]},
            [
                'spec.ports[1].name: Duplicate value: "a"',
                'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,'
                '"TargetPort":0,"NodePort":0}',
            ],
        ),
        (
            {"ports": [{"port": 1, "nodePort": 30000}]},
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
        ),
        (
            {"type": "Other"},
            [
                'spec.type: Unsupported value: "Other": '
                'supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'
            ],
        ),
        ({"type": "ExternalName"}, ["spec.externalName: Required value"]),
        (
            {"sessionAffinity": "x"},
            ['spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"'],
        ),
        (
            {"clusterIP": "x"},
            [
                'spec.clusterIPs[0]: Invalid value: "x": '
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            ],
        ),
        (
            {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]},
            ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
        ),
        (
            {"internalTrafficPolicy": "x"},
            ['spec.internalTrafficPolicy: Unsupported value: "x": supported values: "Cluster", "Local"'],
        ),
        (
            {"externalTrafficPolicy": "Local"},
            [
                'spec.externalTrafficPolicy: Invalid value: "Local": '
                "may only be set for externally-accessible services"
            ],
        ),
        (
            {"trafficDistribution": "Far"},
            [
                'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", '
                '"PreferSameNode", "PreferSameZone"'
            ],
        ),
        (
            {
                "type": "NodePort",
                "ports": [{"name": name, "port": 1 + at, "nodePort": 30001} for at, name in enumerate("ab")],
            },
            ["spec.ports[1].nodePort: Duplicate value: 30001"],
        ),
    ],
)
def test_a_wrong_service_is_refused(spec: Object, lines: list[str]) -> None:
    assert rules.errors(samples.service(**spec)) == lines


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
