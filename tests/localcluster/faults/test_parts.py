"""One part is killed, or pestered; the others carry on and it comes back."""

import json
import random
import socket
import subprocess
import sys

import pytest
from dnslib import DNSRecord

from localcluster.host import processes
from tests.localcluster.faults.world import APPS, LAB, World, greeter, service
from tests.patience import PATIENCE, until

NAME = "demo.lab.svc.cluster.local"


@pytest.fixture(scope="module", autouse=True)
def demo(world: World) -> None:
    """Two greeters behind a Service that can be dialled."""
    world.ok("POST", f"{APPS}/deployments", greeter(replicas=2))
    world.ok("POST", f"{LAB}/services", service())
    until(lambda: world.ready(2) and len(world.endpoints()) == 2)
    until(lambda: "says: Hello" in greet(world))


def greet(world: World, count: int = 1) -> str:
    """What a client of its own says that greets through DNS and the Service."""
    target = f"dns://{world.block.dns}:{dns_port(world)}/{NAME}:50051"
    command = [sys.executable, "-m", "greeter", "client", target]
    command += ["--count", str(count), "--interval", "0.05"]
    ended = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return ended.stdout + ended.stderr


def dns_port(world: World) -> int:
    found = [one for one in world.listeners() if one.startswith(f"udp {world.block.dns}:")]
    return int(found[0].rpartition(":")[2])


def resolve(world: World) -> list[str]:
    """The addresses of the Service's name; what got lost is asked again, as resolvers do."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.connect((world.block.dns, dns_port(world)))

        def answered() -> bool:
            client.send(DNSRecord.question(NAME).pack())
            try:
                found.extend(str(record.rdata) for record in DNSRecord.parse(client.recv(4096)).rr)
            except TimeoutError:
                return False
            return True

        until(answered)
    return found


def process_at(world: World, address: str) -> int:
    """The process of the pod with an address."""
    for pid in world.running():
        if f"LOCALCLUSTER_ADDRESS={address}".encode() in environ(pid):
            return pid
    raise LookupError(address)


def environ(pid: int) -> list[bytes]:
    with open(f"/proc/{pid}/environ", "rb") as stream:  # noqa: PTH123 - a kernel's file
        return stream.read().split(b"\0")


def test_a_killed_greeter_is_restarted_and_its_endpoint_follows(world: World) -> None:
    pod = world.pods()[0]
    name, address = pod["metadata"]["name"], pod["status"]["podIP"]
    resource_version = world.ok("GET", f"{LAB}/endpoints/demo")["metadata"]["resourceVersion"]
    processes.Process(pid := process_at(world, address), processes.started_at(pid) or 0).kill()

    def restarted() -> bool:
        container = world.ok("GET", f"{LAB}/pods/{name}")["status"]["containerStatuses"][0]
        return bool(container["restartCount"] == 1 and container["ready"])

    until(restarted)
    container = world.ok("GET", f"{LAB}/pods/{name}")["status"]["containerStatuses"][0]
    assert container["lastState"]["terminated"]["exitCode"] == 137
    until(lambda: len(world.endpoints()) == 2)
    assert address in world.endpoints()  # a container that is restarted stays in its pod
    changed = world.ok("GET", f"{LAB}/endpoints/demo")["metadata"]["resourceVersion"]
    assert changed != resource_version
    assert "says: Hello" in greet(world)


@pytest.mark.parametrize("name", ["envoy", "nginx"])
def test_a_program_that_is_killed_comes_back_with_its_listeners(world: World, name: str) -> None:
    listened, first = world.listeners(), world.program(name)
    first.kill()
    until(lambda: world.replaced(name, first))
    until(lambda: world.listeners() == listened)
    assert "says: Hello" in greet(world)


def test_dns_answers_while_it_is_flooded_with_garbage(world: World) -> None:
    service_ip = world.ok("GET", f"{LAB}/services/demo")["spec"]["clusterIP"]
    chance = random.Random(1)  # noqa: S311 - no secret
    where, descriptors = (world.block.dns, dns_port(world)), world.descriptors()
    question = DNSRecord.question(NAME).pack()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for number in range(20_000):
            cut = question[: chance.randrange(len(question))]
            flood.sendto(cut if number % 2 else chance.randbytes(chance.randrange(600)), where)
            if number % 2_000 == 0:
                assert resolve(world) == [service_ip]
    for _ in range(50):  # and over TCP: too little, too much, nothing at all
        with socket.create_connection(where) as client:
            client.sendall(chance.randbytes(chance.randrange(1000)))
    assert resolve(world) == [service_ip]
    until(lambda: world.descriptors() <= descriptors)
    assert "says: Hello" in greet(world)


def test_garbage_at_the_api_is_refused_and_forgotten(world: World) -> None:
    world.pods()
    descriptors = world.descriptors()
    where = (world.block.api, int(json.loads(world.place.state.read_text())["server"].rpartition(":")[2]))
    for text in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)), b"\x16\x03\x01" + bytes(500), b""):
        for _ in range(20):
            with socket.create_connection(where) as client:
                client.sendall(text)
    assert world.ready(2)
    until(lambda: world.descriptors() <= descriptors)
