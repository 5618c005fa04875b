"""What a client, a probe and a kubelet see of the server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from greeter.v1 import greeter_pb2_grpc
from greeter.v1.greeter_pb2 import HelloRequest
from tests.greeter.conftest import Run, RunningServer
from tests.patience import PATIENCE

Start = Callable[..., RunningServer]
Dial = Callable[[str], grpc.Channel]


def every(seconds: float, *, count: int = 0) -> HelloRequest:
    return HelloRequest(name="world", count=count, interval=Duration(nanos=round(seconds * 1e9)))


def test_a_greeting_is_signed_with_the_pods_name(start: Start, dial: Dial) -> None:
    stub = greeter_pb2_grpc.GreeterStub(dial(start("demo-5754bf6f97-dgngm").address))
    reply = stub.SayHello(HelloRequest(name="Ada"), timeout=PATIENCE)
    assert reply.message == '"demo-5754bf6f97-dgngm" says: Hello Ada'


def test_a_stream_has_as_many_greetings_as_asked_for(start: Start, dial: Dial) -> None:
    stub = greeter_pb2_grpc.GreeterStub(dial(start("demo-1").address))
    replies = list(stub.SayHellos(every(0, count=3), timeout=PATIENCE))
    assert [reply.message for reply in replies] == ['"demo-1" says: Hello world'] * 3


def test_a_stream_without_a_count_goes_on_until_the_caller_leaves(start: Start, dial: Dial) -> None:
    server = start("demo-1")
    call = greeter_pb2_grpc.GreeterStub(dial(server.address)).SayHellos(every(0), timeout=PATIENCE)
    assert len([next(call) for _ in range(50)]) == 50
    call.cancel()
    server.process.terminate()
    code, rest = server.end()
    assert code == 0
    assert "Traceback" not in rest


def test_an_interval_below_zero_is_refused(start: Start, dial: Dial) -> None:
    stub = greeter_pb2_grpc.GreeterStub(dial(start("demo-1").address))
    request = HelloRequest(name="world", interval=Duration(seconds=-1))
    with pytest.raises(grpc.RpcError, match="interval is -1") as refused:
        list(stub.SayHellos(request, timeout=PATIENCE))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("service", ["", "greeter.v1.Greeter"])
def test_probes_hear_that_it_serves(start: Start, dial: Dial, service: str) -> None:
    stub: Any = health_pb2_grpc.HealthStub(dial(start("demo-1").address))
    answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_the_service_and_describes_it(start: Start, dial: Dial) -> None:
    database = ProtoReflectionDescriptorDatabase(dial(start("demo-1").address))
    assert "greeter.v1.Greeter" in database.get_services()
    (service,) = database.FindFileContainingSymbol("greeter.v1.Greeter").service
    assert [method.name for method in service.method] == ["SayHello", "SayHellos"]


def test_a_second_server_does_not_share_the_address(start: Start, run: Run) -> None:
    address = start("demo-1").address
    second = run("server", env={"GREETER_ADDRESS": address})
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.startswith(f"The greeter cannot listen on {address}; ")
    assert second.stderr.count("\n") == 1


def test_term_lets_a_running_stream_end_and_takes_no_new_connection(
    start: Start, dial: Dial, run: Run
) -> None:
    server = start("demo-1")
    call = greeter_pb2_grpc.GreeterStub(dial(server.address)).SayHellos(every(0.3, count=6), timeout=PATIENCE)
    next(call)
    server.process.terminate()
    assert server.process.stdout
    assert "stopping" in server.process.stdout.readline()
    next(call)
    late = run("client", server.address, "--count", "1")
    assert "Error: UNAVAILABLE" in late.stdout
    assert len(list(call)) == 4
    assert server.end() == (0, "")


def test_a_stream_that_outlasts_the_grace_period_is_cut(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--grace", "0.1")
    call = greeter_pb2_grpc.GreeterStub(dial(server.address)).SayHellos(every(0.05), timeout=PATIENCE)
    next(call)
    server.process.terminate()
    with pytest.raises(grpc.RpcError):
        list(call)
    code, rest = server.end()
    assert code == 0
    assert rest.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_watchers_of_health_hear_of_the_end_first(start: Start, dial: Dial, number: signal.Signals) -> None:
    server = start("demo-1")
    stub: Any = health_pb2_grpc.HealthStub(dial(server.address))
    states = stub.Watch(health_pb2.HealthCheckRequest(service="greeter.v1.Greeter"), timeout=PATIENCE)
    assert next(states).status == health_pb2.HealthCheckResponse.SERVING
    server.process.send_signal(number)
    assert next(states).status == health_pb2.HealthCheckResponse.NOT_SERVING
    states.cancel()
    assert server.end()[0] == 0


def test_a_connection_that_reached_its_age_is_given_up(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--max-connection-age", "0.2", "--max-connection-age-grace", "0.2")
    channel = dial(server.address)
    seen: list[grpc.ChannelConnectivity] = []
    connected, left = threading.Event(), threading.Event()

    def note(state: grpc.ChannelConnectivity) -> None:
        seen.append(state)
        if state is grpc.ChannelConnectivity.READY:
            connected.set()
        elif connected.is_set():
            left.set()

    channel.subscribe(note, try_to_connect=True)
    assert left.wait(PATIENCE)
    channel.unsubscribe(note)
    assert seen[seen.index(grpc.ChannelConnectivity.READY) + 1] is grpc.ChannelConnectivity.IDLE
