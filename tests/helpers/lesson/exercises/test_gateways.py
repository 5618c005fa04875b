"""The exercise of production/06-gateway-api: a repaired route, and what is said about each likely mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from helpers.lab.objects import Object
from helpers.lesson.exercises import gateways, routed_by_header
from tests.helpers.fakes import fake_lab, made, pod


def log(stable: int, canary: int, failed: int = 0) -> str:
    clock = "2026/11/25 15:47:02"
    answered = ["stable"] * stable + ["canary"] * canary
    lines = [f'{clock} Greeting: "{server}" says: Hello world' for server in answered]
    return "\n".join([*lines, *[f"{clock} Error: UNAVAILABLE: no healthy upstream"] * failed])


def track(name: str) -> Object:
    return pod(name, labels={"track": name})


def place(resolved: str = "True") -> Any:
    condition = {"type": "ResolvedRefs", "status": resolved, "reason": "BackendNotFound", "message": ""}
    parents = [{"parentRef": {"name": "demo-gateway"}, "conditions": [condition]}]
    route = made("GRPCRoute", "demo-gateway", spec={"hostnames": ["a.example"]}, status={"parents": parents})
    address = {**made("ConfigMap", "gateway-address"), "data": {"plaintext": "127.9.0.1:8000"}}
    return fake_lab(track("stable"), track("canary"), route, address)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the client with the header and the one without it log."""
    said: list[str] = []

    def run(_: object, args: Sequence[str]) -> str:
        assert args[:4] == ["client", "127.9.0.1:8000", "--authority", "a.example"]
        assert ("user=alice" in args) is (len(said) == 2)
        return said.pop(0)

    monkeypatch.setattr(gateways, "run_once", run)
    return said


def test_one_user_to_the_canary_and_the_others_to_both(logs: list[str]) -> None:
    logs += [log(0, 30), log(27, 3)]
    verdict = routed_by_header(place())
    assert verdict.right
    assert "All 30 calls with the header reached the canary, and 3 of 30 others" in verdict.sentence


@pytest.mark.parametrize(
    ("chosen", "others", "resolved", "says"),
    [
        (log(15, 15), log(30, 0), "True", "15 of 30 calls with the header user=alice did not reach"),
        (log(0, 20, 10), log(30, 0), "True", "10 of 30 calls with the header user=alice did not reach"),
        (
            log(0, 30),
            log(27, 0, 3),
            "False",
            "GRPCRoute demo-gateway has ResolvedRefs False, BackendNotFound",
        ),
        (log(0, 30), log(27, 0, 3), "True", "3 of 30 calls without the header fail"),
        (log(0, 30), log(0, 30), "True", "All calls without the header reach the canary, too"),
    ],
)
def test_a_wrong_route_is_told_why(
    chosen: str, others: str, resolved: str, says: str, logs: list[str]
) -> None:
    logs += [chosen, others]
    verdict = routed_by_header(place(resolved))
    assert verdict.right is False
    assert says in verdict.sentence


def test_without_a_gateway_it_is_said() -> None:
    verdict = routed_by_header(fake_lab())
    assert verdict.right is False
    assert "apply the variant gateway" in verdict.sentence
