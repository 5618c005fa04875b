"""A block belongs to one cluster at a time, and every address in it to one thing."""

import signal
import socket
import subprocess
import sys

import pytest

from localcluster.host import addresses
from localcluster.host.addresses import AddressError, Addresses, Block

HOLDER = """
import sys
from localcluster.host import addresses
held = addresses.lease("someone", int(sys.argv[1]))
print(held.block.number, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def block() -> Block:
    """A block for arithmetic; nobody listens in it."""
    return Block(77)


def test_two_leases_differ() -> None:
    first = addresses.lease("a")
    second = addresses.lease("a", first.block.number, quiet_within=0)
    try:
        assert first.block != second.block
    finally:
        first.release()
        second.release()


def test_a_released_block_is_had_again() -> None:
    first = addresses.lease("a")
    first.release()
    again = addresses.lease("b", first.block.number)
    again.release()
    assert again.block == first.block


def test_a_killed_holder_holds_nothing() -> None:
    mine = addresses.lease("c")
    mine.release()
    number = str(mine.block.number)
    command = [sys.executable, "-c", HOLDER, number]
    with subprocess.Popen(  # noqa: S603 - this very interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        held = int(holder.stdout.readline())
        other = addresses.lease("c", held, quiet_within=0)
        other.release()
        holder.send_signal(signal.SIGKILL)
    again = addresses.lease("c", held)
    again.release()
    assert other.block.number != held
    assert again.block.number == held


def test_a_block_in_which_somebody_listens_is_left_alone() -> None:
    mine = addresses.lease("d")
    mine.release()
    with socket.create_server((mine.block.at(70, 1), 0)):
        other = addresses.lease("d", mine.block.number, quiet_within=0)
        other.release()
    assert other.block != mine.block


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_listeners_are_found(kind: socket.SocketKind, protocol: str) -> None:
    mine = addresses.lease("e")
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind((mine.block.at(70, 1), 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        found = [(one.protocol, one.address, one.port) for one in addresses.listeners(mine.block)]
        expected = [(protocol, *server.getsockname())]
    mine.release()
    assert found == expected


def test_an_ipv6_socket_on_an_ipv4_address_is_a_listener_too() -> None:
    mine = addresses.lease("f")
    address = mine.block.at(70, 1)
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as server:
        server.bind(("::ffff:" + address, 0))
        server.listen()
        found = [one.address for one in addresses.listeners(mine.block)]
    mine.release()
    assert found == [address]


def test_the_next_port_is_taken_when_one_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        assert addresses.usable_port("127.0.0.1", [taken.getsockname()[1], port]) == port


def test_cluster_ips_lie_in_the_service_range_and_differ(block: Block) -> None:
    hand = Addresses(block)
    taken: set[str] = set()
    for _ in range(300):
        taken.add(hand.cluster_ip(taken))
    thirds = {int(address.split(".")[2]) for address in taken}
    assert len(taken) == 300
    assert thirds <= set(range(16, 64))
    assert all(block.contains(address) for address in taken)


def test_a_wanted_cluster_ip(block: Block) -> None:
    hand = Addresses(block)
    assert hand.cluster_ip(set(), block.at(20, 5)) == block.at(20, 5)
    with pytest.raises(ValueError, match="already allocated"):
        hand.cluster_ip({block.at(20, 5)}, block.at(20, 5))
    with pytest.raises(ValueError, match="does not match the current range"):
        hand.cluster_ip(set(), "10.0.0.1")
    with pytest.raises(ValueError, match="does not match the current range"):
        hand.cluster_ip(set(), block.at(64, 1))


def test_node_ports(block: Block) -> None:
    hand = Addresses(block)
    assert hand.node_port(set()) in range(30000, 32768)
    assert hand.node_port(set(), 30080) == 30080
    with pytest.raises(ValueError, match="already allocated"):
        hand.node_port({30080}, 30080)
    with pytest.raises(ValueError, match="valid range"):
        hand.node_port(set(), 80)
    with pytest.raises(AddressError):
        hand.node_port(set(range(30000, 32768)))


def test_a_pod_address_rests_before_it_is_used_again(block: Block) -> None:
    hand = Addresses(block)
    given = [hand.pod_ip(set()) for _ in range(1000)]
    assert len(set(given)) == 1000
    assert {int(address.split(".")[2]) >= 64 for address in given} == {True}


def test_a_moved_service_keeps_its_place(block: Block) -> None:
    assert addresses.readdressed("127.99.17.3", block) == "127.77.17.3"
