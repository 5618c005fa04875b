import os
import socket
import sys
from pathlib import Path

import pytest

from localcluster.host import addresses, sockets
from localcluster.host.sockets import Listener


def test_both_ways_to_ask_tell_the_same(block: addresses.Block) -> None:
    with (
        socket.create_server((block.at(70, 1), 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_connection(tcp.getsockname()),
    ):
        udp.bind((block.at(70, 2), 0))
        wanted = {
            Listener("tcp", block.at(70, 1), tcp.getsockname()[1], inode(tcp)),
            Listener("udp", block.at(70, 2), udp.getsockname()[1], inode(udp)),
        }
        for found in (sockets.listeners(), sockets.tabled(sockets.TABLES)):
            assert {one for one in found if block.contains(one.address)} == wanted


def inode(held: socket.socket) -> int:
    return os.fstat(held.fileno()).st_ino


def test_more_listeners_than_one_answer_holds_are_all_told(block: addresses.Block) -> None:
    servers = [socket.create_server((block.at(70, 1), 0)) for _ in range(700)]
    ports = {server.getsockname()[1] for server in servers}
    found = {one.port for one in addresses.listeners(block)}
    for server in servers:
        server.close()
    assert found == ports


def test_a_socket_on_all_addresses_of_both_families_is_one_on_all_of_ipv4() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        found = [one.address for one in sockets.listeners() if one.inode == inode(server)]
        tabled = [one.address for one in sockets.tabled(sockets.TABLES) if one.inode == inode(server)]
    assert found == tabled == ["0.0.0.0"]  # noqa: S104 - what the kernel calls it


def test_only_listening_sockets_count(tmp_path: Path) -> None:
    packed = int.from_bytes(socket.inet_aton("127.64.0.1"), sys.byteorder)
    rows = [f" 0: {packed:08X}:1F90 0100007F:9C40 {state} 0 0 0 0 0 77" for state in ("01", "0A", "06")]
    (tmp_path / "tcp").write_text("\n".join(["head", *rows]))
    assert sockets.tabled(tmp_path) == [Listener("tcp", "127.64.0.1", 8080, 77)]


def test_a_kernel_without_sock_diag_is_asked_through_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError

    with socket.create_server(("127.0.0.1", 0)) as server:
        here = inode(server)
        monkeypatch.setattr(sockets, "_asked", refuse)
        assert [one.port for one in sockets.listeners() if one.inode == here] == [server.getsockname()[1]]
