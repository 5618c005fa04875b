"""What a client and a probe see of a server that misbehaves on request."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from greeter.faults import CRASH_CODE, SLOW_SECONDS, Fault, parse
from greeter.v1 import greeter_pb2_grpc
from greeter.v1.greeter_pb2 import HelloRequest
from tests.greeter.conftest import RunningServer
from tests.patience import PATIENCE

Start = Callable[..., RunningServer]
Dial = Callable[[str], grpc.Channel]
REQUEST = HelloRequest(name="world")


def hear(server: RunningServer, words: str) -> None:
    assert server.process.stdout
    assert words in server.process.stdout.readline()


def test_a_script_is_read() -> None:
    assert parse("hang@5+3") == Fault("hang", 5.0, 3.0)
    assert parse("unready@0.5") == Fault("unready", 0.5, math.inf)


@pytest.mark.parametrize(
    "text", ["", "hang", "hang@", "hang@-1", "hang@1+", "sulk@1", "hang@1+2+3", "HANG@1"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="hang@5"):
        parse(text)


def test_a_hanging_server_accepts_and_answers_when_the_fault_is_over(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "hang@0+3", "--fault-cue", "curtain")
    stub = greeter_pb2_grpc.GreeterStub(dial(server.address))
    stub.SayHello(HelloRequest(name="curtain"), timeout=PATIENCE)
    hear(server, "Fault: hang begins")
    with pytest.raises(grpc.RpcError) as hung:
        stub.SayHello(REQUEST, timeout=0.2)
    assert hung.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "Hello" in stub.SayHello(REQUEST, timeout=PATIENCE).message


def test_a_hanging_server_calls_itself_healthy(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "hang@0")
    hear(server, "Fault: hang begins")
    stub: Any = health_pb2_grpc.HealthStub(dial(server.address))
    answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_slow_server_answers_late(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "slow@0")
    hear(server, "Fault: slow begins")
    begun = time.monotonic()
    greeter_pb2_grpc.GreeterStub(dial(server.address)).SayHello(REQUEST, timeout=PATIENCE)
    assert time.monotonic() - begun >= SLOW_SECONDS


def test_a_failing_server_fails_at_once_and_calls_itself_healthy(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "fail@0")
    hear(server, "Fault: fail begins")
    channel = dial(server.address)
    with pytest.raises(grpc.RpcError) as failed:
        greeter_pb2_grpc.GreeterStub(channel).SayHello(REQUEST, timeout=PATIENCE)
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_says_no_and_yes_again_while_greetings_are_answered(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "unready@0+0.5", "--fault-cue", "curtain")
    channel = dial(server.address)
    stub: Any = health_pb2_grpc.HealthStub(channel)
    states = stub.Watch(health_pb2.HealthCheckRequest(service="greeter.v1.Greeter"), timeout=PATIENCE)
    answer = health_pb2.HealthCheckResponse
    assert next(states).status == answer.SERVING
    cue = HelloRequest(name="curtain")
    assert "Hello" in greeter_pb2_grpc.GreeterStub(channel).SayHello(cue, timeout=PATIENCE).message
    assert next(states).status == answer.NOT_SERVING
    assert next(states).status == answer.SERVING
    states.cancel()


def test_a_crash_ends_it_at_once(start: Start) -> None:
    server = start("demo-1", "--fault", "crash@0.5")
    code, said = server.end()
    assert code == CRASH_CODE
    assert said.endswith("Fault: crash begins\n")


def test_a_script_waits_for_its_cue(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "crash@0", "--fault-cue", "curtain")
    stub = greeter_pb2_grpc.GreeterStub(dial(server.address))
    assert "Hello" in stub.SayHello(REQUEST, timeout=PATIENCE).message
    call = stub.SayHello.future(HelloRequest(name="curtain"), timeout=PATIENCE)
    call.exception()
    assert server.end()[0] == CRASH_CODE


def test_a_server_that_hangs_can_be_stopped(start: Start, dial: Dial) -> None:
    server = start("demo-1", "--fault", "hang@0", "--grace", "0.1")
    hear(server, "Fault: hang begins")
    call = greeter_pb2_grpc.GreeterStub(dial(server.address)).SayHello.future(REQUEST, timeout=PATIENCE)
    server.process.terminate()
    assert isinstance(call.exception(), grpc.RpcError)
    code, rest = server.end()
    assert code == 0
    assert "Traceback" not in rest
