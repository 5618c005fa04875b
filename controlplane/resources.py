"""xDS resources of a listener: what a gRPC client needs to know to find and weigh endpoints.

A client asks for four kinds, one after the other, each named by the one before (gRFC A27):
Listener (`xds:///greeter` asks for `greeter`), RouteConfiguration, Cluster, ClusterLoadAssignment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

from controlplane.slices import Endpoint
from controlplane.v3 import (
    cluster_pb2,
    core_pb2,
    endpoint_pb2,
    http_connection_manager_pb2,
    listener_pb2,
    route_pb2,
    router_pb2,
)

PREFIX = "type.googleapis.com/"
LISTENER, ROUTE, CLUSTER, ENDPOINT = (
    PREFIX + kind.DESCRIPTOR.full_name
    for kind in (
        listener_pb2.Listener,
        route_pb2.RouteConfiguration,
        cluster_pb2.Cluster,
        endpoint_pb2.ClusterLoadAssignment,
    )
)
KINDS = {"LDS": LISTENER, "RDS": ROUTE, "CDS": CLUSTER, "EDS": ENDPOINT}


@dataclass(frozen=True)
class Locality:
    """The pods of one Service, as one place with a weight.

    Args:
        service: The Service's name, which also names the zone.
        weight: Its part of the traffic beside the other localities'; gRPC leaves out a locality of weight 0.
        first: The weight of its first endpoint beside the others', which have 1. gRPC reads it and
            `round_robin` passes it over (gRFC A42: it is for `ring_hash`).
    """

    service: str
    weight: int = 1
    first: int = 1


Listeners = Mapping[str, Sequence[Locality]]
Known = Mapping[str, Sequence[Endpoint]]


def resource(kind: str, name: str, listeners: Listeners, known: Known) -> Message | None:
    """Return a resource of that kind and name, or None while there is none.

    Args:
        kind: A type URL.
        name: The resource's; all four of a listener have its name.
        listeners: The localities of each listener.
        known: The ready endpoints of each Service that has been looked at.
    """
    localities = listeners.get(name)
    if localities is None:
        return None
    if kind == ENDPOINT:
        # Not before every Service was looked at: an assignment without endpoints makes RPCs fail.
        return (
            _assignment(name, localities, known) if all(one.service in known for one in localities) else None
        )
    makers = {LISTENER: _listener, ROUTE: _route, CLUSTER: _cluster}
    return makers[kind](name) if kind in makers else None


def _ads() -> core_pb2.ConfigSource:
    """From the same stream as this resource."""
    return core_pb2.ConfigSource(ads=core_pb2.AggregatedConfigSource(), resource_api_version=core_pb2.V3)


def packed(message: Message) -> AnyMessage:
    """Return a message in the envelope that says its type."""
    envelope = AnyMessage()
    envelope.Pack(message)
    return envelope


def _listener(name: str) -> Message:
    rds = http_connection_manager_pb2.Rds(config_source=_ads(), route_config_name=name)
    # The last filter has to be the router (gRFC A39).
    router = http_connection_manager_pb2.HttpFilter(name="router", typed_config=packed(router_pb2.Router()))
    manager = http_connection_manager_pb2.HttpConnectionManager(rds=rds, http_filters=[router])
    return listener_pb2.Listener(
        name=name, api_listener=listener_pb2.ApiListener(api_listener=packed(manager))
    )


def _route(name: str) -> Message:
    every = route_pb2.Route(match=route_pb2.RouteMatch(prefix=""), route=route_pb2.RouteAction(cluster=name))
    host = route_pb2.VirtualHost(name=name, domains=["*"], routes=[every])
    return route_pb2.RouteConfiguration(name=name, virtual_hosts=[host])


def _cluster(name: str) -> Message:
    eds = cluster_pb2.Cluster.EdsClusterConfig(eds_config=_ads(), service_name=name)
    return cluster_pb2.Cluster(
        name=name,
        type=cluster_pb2.Cluster.EDS,
        eds_cluster_config=eds,
        lb_policy=cluster_pb2.Cluster.ROUND_ROBIN,
    )


def _assignment(name: str, localities: Sequence[Locality], known: Known) -> Message:
    return endpoint_pb2.ClusterLoadAssignment(
        cluster_name=name,
        # A locality without endpoints would take its part of the traffic and lose it.
        endpoints=[_locality(one, known[one.service]) for one in localities if known[one.service]],
    )


def _locality(locality: Locality, endpoints: Sequence[Endpoint]) -> endpoint_pb2.LocalityLbEndpoints:
    listed = [_endpoint(one) for one in endpoints]
    if locality.first > 1:
        listed[0].load_balancing_weight.value = locality.first
    found = endpoint_pb2.LocalityLbEndpoints(
        locality=core_pb2.Locality(zone=locality.service), lb_endpoints=listed
    )
    found.load_balancing_weight.value = locality.weight
    return found


def _endpoint(endpoint: Endpoint) -> endpoint_pb2.LbEndpoint:
    place = core_pb2.SocketAddress(address=endpoint.address, port_value=endpoint.port)
    return endpoint_pb2.LbEndpoint(
        endpoint=endpoint_pb2.Endpoint(address=core_pb2.Address(socket_address=place))
    )
