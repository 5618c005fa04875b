from typing import Any

from localcluster.host.addresses import Addresses, Block
from localcluster.objects import defaults, services
from localcluster.types import Object
from tests.localcluster.objects import samples

LOWEST = Addresses(Block(99), choose=lambda positions: positions.start)


def service(**spec: Any) -> Object:
    found = samples.service(**spec)
    defaults.apply("Service", found)
    return found


def allocated(obj: Object, *others: Object, old: Object | None = None) -> Object:
    assert services.allocate(obj, old, others, LOWEST) == []
    found: Object = obj["spec"]
    return found


def updated(old: Object, **changes: Any) -> Object:
    new: Object = {**old, "spec": {**old["spec"], **changes}}
    services.carry_over(old, new)
    defaults.apply("Service", new)
    return allocated(new, old=old)


def test_a_service_gets_an_address_nobody_has() -> None:
    first = service()
    spec = allocated(first)
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("127.99.16.1", ["127.99.16.1"])
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    assert allocated(service(), first)["clusterIP"] == "127.99.16.2"


def test_a_headless_service_gets_none() -> None:
    spec = allocated(service(clusterIP="None"))
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_an_external_name_needs_no_address() -> None:
    assert "clusterIP" not in allocated(service(type="ExternalName", externalName="a.example"))


def test_what_cannot_be_had_is_a_field_error() -> None:
    taken = service(clusterIP="127.99.16.7", type="NodePort", ports=[{"port": 1, "nodePort": 30007}])
    wish = service(clusterIP="127.99.16.7", type="NodePort", ports=[{"port": 1, "nodePort": 30007}])
    errors = services.allocate(wish, None, [taken], LOWEST)
    assert [error.field for error in errors] == ["spec.clusterIPs", "spec.ports[0].nodePort"]
    assert errors[0].message.endswith("failed to allocate IP 127.99.16.7: provided IP is already allocated")


def test_node_ports_are_given() -> None:
    old = service(type="NodePort", ports=[{"name": "a", "port": 1}, {"name": "b", "port": 2}])
    assert [port["nodePort"] for port in allocated(old)["ports"]] == [30000, 30001]


def test_a_replaced_service_keeps_its_address() -> None:
    old = service()
    address = allocated(old)["clusterIP"]
    assert updated(old, clusterIP=None, clusterIPs=None)["clusterIP"] == address


def test_a_service_that_turns_inward_loses_its_node_ports() -> None:
    old = service(type="NodePort")
    allocated(old)
    spec = updated(old, type="ClusterIP")
    assert "nodePort" not in spec["ports"][0]
    assert "externalTrafficPolicy" not in spec


def test_a_service_that_becomes_a_name_loses_its_address() -> None:
    old = service()
    allocated(old)
    assert "clusterIP" not in updated(old, type="ExternalName", externalName="a.example")


def test_a_load_balancer_may_do_without_node_ports() -> None:
    spec = allocated(service(type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    assert "nodePort" not in spec["ports"][0]


def test_who_can_be_reached_from_outside_says_how_and_then_no_more() -> None:
    outside = service(externalIPs=["10.1.2.3"])
    assert outside["spec"]["externalTrafficPolicy"] == "Cluster"
    allocated(outside)
    assert "externalTrafficPolicy" not in updated(outside, externalIPs=[])
