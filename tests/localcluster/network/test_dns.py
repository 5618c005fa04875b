"""What the cluster's DNS answers, and that nothing sent to it hurts."""

import asyncio
import random
import socket
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from localcluster.host import addresses
from localcluster.network import dns
from tests.localcluster.samples import directory, endpoint, piece, service
from tests.patience import PATIENCE

BASE = "demo.lab.svc.cluster.local"
PRIVATE = "demo.lab.endpoints.local-cluster.internal"


def zone(*services: dict[str, Any], pieces: Sequence[dict[str, Any]] = ()) -> dns.Zone:
    return dns.Zone(directory(*services, pieces=pieces), random.Random(1))  # noqa: S311 - an order, not a secret


def headless() -> dns.Zone:
    pods = piece(
        *(endpoint(f"127.77.64.{last}") for last in range(1, 5)), endpoint("127.77.64.9", ready=False)
    )
    return zone(service(ip="None"), pieces=(pods,))


def plain() -> dns.Zone:
    return zone(service(), pieces=(piece(endpoint("127.77.64.1"), endpoint("127.77.64.2")),))


def ask(found: dns.Zone, name: str, kind: str = "A") -> DNSRecord:
    reply = dns.respond(found, DNSRecord.question(name, kind).pack(), datagram=False)
    assert reply is not None
    return DNSRecord.parse(reply)


def told(reply: DNSRecord) -> set[str]:
    return {str(record.rdata) for record in reply.rr}


UNREADY = piece(endpoint("127.77.64.9", ready=False))
PIECES = (
    piece(endpoint("127.77.64.1", hostname="first"), name="a"),
    piece(endpoint("127.77.64.2"), name="b"),
)
HEADLESS = zone(service(ip="None"), pieces=PIECES)


@pytest.mark.parametrize(
    ("found", "name", "last"),
    [
        (plain(), BASE, ["16.9"]),
        (plain(), PRIVATE, ["64.1", "64.2"]),  # the pods, whatever the Service's kind
        (headless(), BASE, ["64.1", "64.2", "64.3", "64.4"]),
        (zone(service(ip="None", publishNotReadyAddresses=True), pieces=(UNREADY,)), BASE, ["64.9"]),
        (HEADLESS, BASE, ["64.1", "64.2"]),
        (HEADLESS, f"first.{BASE}", ["64.1"]),
    ],
)
def test_addresses_of_a_service(found: dns.Zone, name: str, last: list[str]) -> None:
    assert told(ask(found, name)) == {f"127.77.{one}" for one in last}


def test_the_order_changes_from_answer_to_answer() -> None:
    found = headless()
    firsts = {str(ask(found, BASE).rr[0].rdata) for _ in range(100)}
    assert len(firsts) == 4


@pytest.mark.parametrize("name", [BASE.upper(), BASE + ".", "DEMO.lab.svc.Cluster.Local"])
def test_names_are_compared_without_case(name: str) -> None:
    reply = ask(plain(), name)
    assert told(reply) == {"127.77.16.9"}
    assert str(reply.q.qname).rstrip(".") == name.rstrip(".")


@pytest.mark.parametrize(
    "name",
    [
        "other.lab.svc.cluster.local",
        "demo.other.svc.cluster.local",
        "example.com",
        "x.demo.lab.svc.cluster.local",
        ".",
    ],
)
def test_what_does_not_exist_is_nxdomain(name: str) -> None:
    reply = ask(plain(), name)
    assert reply.header.rcode == RCODE.NXDOMAIN
    assert not reply.rr
    assert [QTYPE[record.rtype] for record in reply.auth] == ["SOA"]


@pytest.mark.parametrize("kind", ["AAAA", "TXT", "MX"])
def test_what_exists_without_this_type_is_no_error(kind: str) -> None:
    reply = ask(plain(), BASE, kind)
    assert reply.header.rcode == RCODE.NOERROR
    assert not reply.rr
    assert reply.auth[0].ttl <= dns.TTL


@pytest.mark.parametrize("name", ["lab.svc.cluster.local", "svc.cluster.local", "cluster.local"])
def test_names_in_between_exist(name: str) -> None:
    assert ask(plain(), name).header.rcode == RCODE.NOERROR


def test_a_headless_service_without_pods_has_no_name() -> None:
    assert ask(zone(service(ip="None")), BASE).header.rcode == RCODE.NXDOMAIN


def test_srv_of_a_service_with_an_address() -> None:
    reply = ask(plain(), f"_grpc._tcp.{BASE}", "SRV")
    assert [(record.rdata.port, str(record.rdata.target).rstrip(".")) for record in reply.rr] == [
        (50051, BASE)
    ]


def test_srv_of_a_headless_service_names_each_pod() -> None:
    found = headless()
    reply = ask(found, f"_grpc._tcp.{BASE}", "SRV")
    targets = {str(record.rdata.target).rstrip(".") for record in reply.rr}
    assert {record.rdata.port for record in reply.rr} == {9000}
    assert targets == {f"127-77-64-{last}.{BASE}" for last in range(1, 5)}
    assert told(ask(found, f"127-77-64-2.{BASE}")) == {"127.77.64.2"}


@pytest.mark.parametrize("port", ["http", "50051"])
def test_srv_of_a_port_that_has_no_such_name(port: str) -> None:
    assert ask(plain(), f"_{port}._tcp.{BASE}", "SRV").header.rcode == RCODE.NXDOMAIN


@pytest.mark.parametrize("port", ["grpc", "50051"])
def test_the_private_zone_knows_ports_by_name_and_number(port: str) -> None:
    reply = ask(plain(), f"_{port}._tcp.{PRIVATE}", "SRV")
    assert {record.rdata.port for record in reply.rr} == {9000}
    assert {record.ttl for record in reply.rr} == {1}


def test_an_external_name_is_an_alias() -> None:
    found = zone(service(ip="", type="ExternalName", externalName="example.com"))
    assert [str(record.rdata) for record in ask(found, BASE).rr] == ["example.com."]


def alias(name: str, target: str) -> dict[str, Any]:
    return service(name, ip="", type="ExternalName", externalName=target)


def test_an_external_name_of_the_cluster_comes_with_its_addresses() -> None:
    reply = ask(zone(service(), alias("alias", BASE.upper())), "alias.lab.svc.cluster.local")
    assert [QTYPE[record.rtype] for record in reply.rr] == ["CNAME", "A"]
    assert str(reply.rr[1].rdata) == "127.77.16.9"
    assert str(reply.rr[1].rname) == str(reply.rr[0].rdata)


def test_external_names_in_a_ring_are_answered() -> None:
    found = zone(alias("a", "b.lab.svc.cluster.local"), alias("b", "a.lab.svc.cluster.local"))
    reply = ask(found, "a.lab.svc.cluster.local")
    assert {QTYPE[record.rtype] for record in reply.rr} == {"CNAME"}


def test_srv_of_a_services_own_name_has_all_of_its_ports() -> None:
    ports: list[dict[str, Any]] = [
        {"name": "grpc", "port": 50051},
        {"name": "stats", "port": 9901},
        {"port": 7000},
    ]
    reply = ask(zone(service(ports=ports)), BASE, "SRV")
    assert {record.rdata.port for record in reply.rr} == {50051, 9901, 7000}
    assert {str(record.rdata.target).rstrip(".") for record in reply.rr} == {BASE}


FORMS = ["demo", "demo.lab", "demo.lab.svc", BASE, "Demo."]


def pods_of(namespace: str) -> dns.Zone:
    """What pods of a namespace see of two namespaces: each has a Service, and they share a name."""
    places = (("lab", "127.77.16.9"), ("other", "127.77.16.10"))
    made = [service(name, namespace=at, ip=ip) for at, ip in places for name in ("demo", f"only-{at}")]
    return dns.Zone(directory(*made), namespace=namespace)


@pytest.mark.parametrize("name", FORMS)
def test_a_pods_names_go_through_its_search_list(name: str) -> None:
    reply = ask(pods_of("lab"), name)
    assert told(reply) == {"127.77.16.9"}
    assert str(reply.rr[0].rname).rstrip(".").lower() == name.rstrip(".").lower()
    assert ask(pods_of("lab"), name, "AAAA").header.rcode == RCODE.NOERROR


def test_the_search_list_begins_with_the_pods_own_namespace() -> None:
    assert told(ask(pods_of("other"), "demo")) == {"127.77.16.10"}
    assert told(ask(pods_of("lab"), "demo.other")) == {"127.77.16.10"}
    assert ask(pods_of("lab"), "only-other").header.rcode == RCODE.NXDOMAIN


@pytest.mark.parametrize("name", FORMS[:3])
def test_the_clusters_own_server_searches_nothing(name: str) -> None:
    assert ask(plain(), name).header.rcode == RCODE.NXDOMAIN


def test_a_srv_record_that_was_searched_names_its_target_in_full() -> None:
    reply = ask(pods_of("lab"), "_grpc._tcp.demo", "SRV")
    assert [str(record.rdata.target).rstrip(".") for record in reply.rr] == [BASE]


def test_a_long_answer_is_cut_on_udp_and_whole_on_tcp() -> None:
    found = zone(service(ip="None"), pieces=(piece(*(endpoint(f"127.77.64.{n}") for n in range(1, 101))),))
    query = DNSRecord.question(BASE, "A").pack()
    short = DNSRecord.parse(dns.respond(found, query, datagram=True))
    whole = DNSRecord.parse(dns.respond(found, query, datagram=False))
    assert (short.header.tc, len(short.rr)) == (1, 0)
    assert (whole.header.tc, len(whole.rr)) == (0, 100)


@given(st.binary(max_size=600))
def test_garbage_is_answered_or_ignored(packet: bytes) -> None:
    answer = dns.respond(headless(), packet, datagram=True)
    assert answer is None or answer[:2] == packet[:2]


@given(st.integers(0, 40), st.binary(min_size=1, max_size=4))
def test_a_damaged_query_is_answered_or_ignored(place: int, damage: bytes) -> None:
    query = bytearray(DNSRecord.question(f"_grpc._tcp.{BASE}", "SRV").pack())
    query[place : place + len(damage)] = damage
    answer = dns.respond(headless(), bytes(query), datagram=True)
    assert answer is None or len(answer) >= 12


def test_an_answer_is_never_answered() -> None:
    reply = DNSRecord.question(BASE).reply().pack()
    assert dns.respond(plain(), reply, datagram=True) is None


async def _udp(address: str, port: int, packet: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect((address, port))
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, packet)
        async with asyncio.timeout(PATIENCE):
            return await loop.sock_recv(client, 4096)


async def _tcp(address: str, port: int, packet: bytes, times: int) -> list[bytes]:
    reader, writer = await asyncio.open_connection(address, port)
    answers = []
    for _ in range(times):
        writer.write(struct.pack("!H", len(packet)) + packet)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answers.append(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    return answers


async def test_the_server_answers_on_both_transports_and_survives_a_flood(block: addresses.Block) -> None:
    address, port = block.dns, 1053
    server = dns.Server(headless())
    await server.start(address, port)
    noise = random.Random(7)  # noqa: S311 - repeatable garbage
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for size in range(500):
            flood.sendto(noise.randbytes(size), (address, port))
    silent = [await asyncio.open_connection(address, port) for _ in range(3)]
    silent[0][1].write(b"\xff\xff half a query")
    query = DNSRecord.question(BASE).pack()
    assert len(DNSRecord.parse(await _udp(address, port, query)).rr) == 4
    assert {len(DNSRecord.parse(one).rr) for one in await _tcp(address, port, query, 3)} == {4}
    for _, writer in silent:
        writer.close()
    await server.stop()
    assert addresses.listeners(block) == []


async def test_each_namespace_has_a_resolver_until_it_is_gone(block: addresses.Block) -> None:
    resolvers = dns.Resolvers(directory(service()), block.resolvers[:2], 1053)
    lab, other = resolvers.at("lab"), resolvers.at("other")
    assert lab == resolvers.at("lab") != other
    query = DNSRecord.question("demo").pack()
    for place, count in ((lab, 1), (other, 0)):
        address, _, port = place.partition(":")
        assert len(DNSRecord.parse(await _udp(address, int(port), query)).rr) == count
        (answer,) = await _tcp(address, int(port), query, 1)
        assert len(DNSRecord.parse(answer).rr) == count
    with pytest.raises(addresses.AddressError, match="delete a namespace"):
        resolvers.at("third")
    await resolvers.release("lab")
    assert resolvers.at("third") == lab
    await resolvers.stop()
    assert addresses.listeners(block) == []
