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
            {"loadBalancerClass": "a.example/b"},
            ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
        ),
        (
            {"healthCheckNodePort": 30000},
            [
                "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is "
                "'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            ],
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
            {"externalIPs": ["127.0.0.1", "169.254.1.1", "0.0.0.0", "224.0.0.1", "x"]},  # noqa: S104 - refused
            [
                'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range '
                "(127.0.0.0/8, ::1/128)",
                'spec.externalIPs[1]: Invalid value: "169.254.1.1": may not be in the link-local range '
                "(169.254.0.0/16, fe80::/10)",
                'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
                'spec.externalIPs[3]: Invalid value: "224.0.0.1": may not be in the link-local multicast '
                "range (224.0.0.0/24, ff02::/10)",
                'spec.externalIPs[4]: Invalid value: "x": '
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            ],
        ),
        (
            {"loadBalancerSourceRanges": ["10.0.0.0/8", "10.0.0.1"], "allocateLoadBalancerNodePorts": True},
            [
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
                'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1": '
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is "
                "'LoadBalancer'",
            ],
        ),
        (
            {"ipFamilies": ["IPv4", "IPv5", "IPv4"], "ipFamilyPolicy": "Any"},
            [
                'spec.ipFamilies[1]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
                'spec.ipFamilies[2]: Duplicate value: "IPv4"',
                'spec.ipFamilyPolicy: Unsupported value: "Any": supported values: "PreferDualStack", '
                '"RequireDualStack", "SingleStack"',
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


def test_the_class_of_a_balanced_service_never_changes() -> None:
    old = samples.service(type="LoadBalancer", loadBalancerClass="a.example/b")
    assert rules.change_errors(old, samples.service(type="LoadBalancer")) == [
        'spec.loadBalancerClass: Invalid value: "null": may not change once set'
    ]


def test_a_change_is_complained_of_before_the_service_itself() -> None:
    old = samples.service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"])
    new = samples.service(clusterIP="10.0.0.2", clusterIPs=["10.0.0.2"], ports=[])
    fields = [line.partition(": ")[0] for line in rules.change_errors(old, new)]
    assert fields == ["spec.clusterIPs[0]", "spec.ports"]
