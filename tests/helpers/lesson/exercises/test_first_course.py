from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from helpers.lab.errors import LabError
from helpers.lesson.exercises import (
    all_pods_reached,
    client_fixed,
    envoy_balances,
    ingress,
    ingress_serves,
    nobody_listens,
    reading,
    service_reaches,
    simplify_envoy,
    tidy_ingress,
    tls_client_works,
)
from tests.helpers.fakes import fake_lab, made, pod
from tests.helpers.observe.test_stats import greetings

CLOCK = "2026/11/24 10:00:00 "


def lab() -> Any:
    return fake_lab(*(pod(f"demo-{n}", status={"podIP": f"10.0.0.{n}"}) for n in (1, 2, 3)))


def failed(code: str, details: str) -> str:
    return f"{CLOCK}Error: {code}: {details}\n"


def served(*names: str) -> str:
    return "".join(f'{CLOCK}Greeting: "{name}" says: Hello world\n' for name in names)


REFUSED = (
    "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:50052: Failed: Connection refused"
)
NOBODY = failed("UNAVAILABLE", REFUSED)


@pytest.mark.parametrize(
    ("log", "words", "right", "said"),
    [
        (NOBODY, "Connection refused", True, "ECONNREFUSED"),
        (NOBODY, " connection refused.", True, "ECONNREFUSED"),
        (NOBODY, "UNAVAILABLE", False, "not in the error"),
        (NOBODY, "failed to connect", False, "not, word for word, a message of the operating system"),
        (NOBODY, "", False, "not in the error"),
        (NOBODY.replace("50052", "50051"), "Connection refused", False, "where the greeter itself listens"),
        (NOBODY.replace("10.0.0.1", "10.0.0.9"), "Connection refused", False, "tried no pod"),
        (failed("DEADLINE_EXCEEDED", "Deadline Exceeded"), "Deadline", False, "longer --deadline"),
        (served("demo-1"), "Connection refused", False, "were answered, by demo-1"),
        (None, "Connection refused", False, "print() returns nothing"),
        ("usage: greeter", "refused", False, 'Its last line is "usage: greeter"'),
        ("", "refused", False, "no greeting in this log"),
        (NOBODY, ..., None, "dots"),
    ],
)
def test_nobody_listens(log: object, words: object, right: bool | None, said: str) -> None:
    verdict = nobody_listens(lab(), log, words)
    assert verdict.right is right
    assert said in verdict.sentence


# --- 01: a Service ------------------------------------------------------------------------------------------


def with_service(*addresses: str, port: int = 50051, address: str = "") -> Any:
    here = lab()
    spec = {"selector": {"app": "demo"}, "clusterIP": address}
    here.objects.put(made("Service", "shop", spec=spec))
    endpoints = [
        {"addresses": [at], "conditions": {"ready": True}, "targetRef": {"name": f"demo-{at[-1]}"}}
        for at in addresses
    ]
    labels = {"kubernetes.io/service-name": "shop"}
    here.objects.put(made("EndpointSlice", "s", labels=labels, endpoints=endpoints, ports=[{"port": port}]))
    return here


ALL = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


@pytest.mark.parametrize(
    ("here", "right", "said"),
    [
        (with_service(*ALL), True, "All 3 pods are endpoints of Service shop, each at port 50051"),
        (with_service(*ALL[:2]), False, "1 ready pods of the greeter are no endpoints"),
        (with_service(), False, "which selects {'app': 'demo'}"),
        (with_service(*ALL, port=8080), False, "The endpoints have port 8080"),
        (lab(), False, "There is no Service shop in namespace me"),
    ],
)
def test_service_reaches(here: Any, right: bool, said: str) -> None:
    verdict = service_reaches(here, "shop")
    assert verdict.right is right
    assert said in verdict.sentence


# --- 02 and 06: what a reader's own client printed ----------------------------------------------------------


def replies(*names: str) -> str:
    return "".join(f'"{name}" says: Hello world\n' for name in names)


EVEN = replies(*["demo-1", "demo-2", "demo-3"] * 10)


@pytest.mark.parametrize(
    ("address", "log", "right", "said"),
    [
        ("None", EVEN, True, "Each of the 3 pods answered: 10, 10, 10 calls"),
        ("None", replies(*["demo-1"] * 30), False, "demo-2, demo-3 answered nothing"),
        ("None", replies("demo-1"), False, "has 1 replies, and 20 or more are needed"),
        ("None", EVEN + replies("demo-9"), False, "demo-9 answered and is not there"),
        ("None", "", False, "begin its cell with %%pod --to log"),
        ("None", 3, False, "begin its cell with %%pod --to log"),
        ("10.1.1.1", EVEN, False, "so it is not headless"),
        ("None", ..., None, "dots"),
    ],
)
def test_all_pods_reached(address: str, log: object, right: bool | None, said: str) -> None:
    verdict = all_pods_reached(with_service(*ALL, address=address), "shop", log)
    assert verdict.right is right
    assert said in verdict.sentence


def test_a_client_needs_its_service() -> None:
    assert "There is no Service shop" in all_pods_reached(lab(), "shop", EVEN).sentence


@pytest.mark.parametrize(
    ("log", "right", "said"),
    [
        (replies(*["demo-1", "demo-2"] * 6), True, "12 calls were answered by 2 pods"),
        (replies("demo-1") + "CERTIFICATE_VERIFY_FAILED: self signed certificate", False, "nginx's own"),
        ("unable to get local issuer certificate", False, "does not trust the authority that signed"),
        ("Hostname Verification Check failed.", False, "for another name"),
        ("something else", False, "0 of 12 calls were answered: something else"),
        (replies(*["other-1"] * 12), False, "other-1 answered and is no pod of this lab"),
        (None, False, "no output of a client"),
    ],
)
def test_tls_client_works(log: object, right: bool, said: str) -> None:
    verdict = tls_client_works(lab(), log)
    assert verdict.right is right
    assert said in verdict.sentence


# --- 03, 04 and 05: what the standing clients do after a repair ---------------------------------------------

GOOD = greetings("123" * 4)
BAD = greetings("12", failed=2)
PINNED = greetings("1111")


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """What the clients do, one table after the other; the last one again and again."""
    tables: list[pd.DataFrame] = []

    def collect(*_: object, **__: object) -> pd.DataFrame:
        return tables.pop(0) if len(tables) > 1 else tables[0]

    monkeypatch.setattr(reading, "collect_greetings", collect)
    return tables


def with_ingress(**annotations: str) -> Any:
    here = lab()
    here.objects.put(made("Ingress", "demo-ingress", metadata={"annotations": annotations}))
    return here


PROTOCOL = {ingress.PROTOCOL: "GRPC"}


@pytest.mark.parametrize(
    ("here", "tables", "right", "said"),
    [
        (with_ingress(**PROTOCOL), [GOOD], True, "nginx speaks gRPC to the pods, and 12 of 12"),
        (with_ingress(**PROTOCOL), [BAD, GOOD], True, "12 of 12"),
        (with_ingress(**PROTOCOL), [BAD], False, "2 of 4 calls still fail"),
        (with_ingress(), [GOOD], False, "which protocol does nginx speak"),
        (lab(), [GOOD], False, "There is no Ingress demo-ingress"),
    ],
)
def test_ingress_serves(
    here: Any, tables: list[pd.DataFrame], right: bool, said: str, collected: list[pd.DataFrame]
) -> None:
    collected += tables
    verdict = ingress_serves(here)
    assert verdict.right is right
    assert said in verdict.sentence


def test_a_tidied_ingress_has_lost_its_protocol_and_its_clients_notice(collected: list[pd.DataFrame]) -> None:
    patches: list[Any] = []
    networking = SimpleNamespace(patch_namespaced_ingress=lambda *told: patches.append(told))
    collected += [GOOD, BAD, PINNED]
    tidy_ingress(SimpleNamespace(networking=networking, namespace="me"))  # type: ignore[arg-type]
    assert patches == [("demo-ingress", "me", {"metadata": {"annotations": {ingress.PROTOCOL: None}}})]
    assert len(collected) == 1


@pytest.mark.parametrize(
    ("table", "right", "said"),
    [
        (GOOD, True, "reach all 3 pods, and no call failed"),
        (PINNED, False, "reach 1 of 3 pods"),
        (BAD, False, "2 of 4 calls failed (UNAVAILABLE)"),
    ],
)
def test_envoy_balances(table: pd.DataFrame, right: bool, said: str, collected: list[pd.DataFrame]) -> None:
    collected.append(table)
    verdict = envoy_balances(lab())
    assert verdict.right is right
    assert said in verdict.sentence


def test_a_simplified_envoy_takes_one_address() -> None:
    here, patches = lab(), []
    container = {"name": "envoy", "args": ["--config-yaml", "type: STRICT_DNS"]}
    here.objects.put(made("Deployment", "envoy", spec={"template": {"spec": {"containers": [container]}}}))
    here.apps = SimpleNamespace(patch_namespaced_deployment=lambda *told: patches.append(told))
    simplify_envoy(here)
    [(name, namespace, [change])] = patches
    assert (name, namespace) == ("envoy", "me")
    assert change["value"] == ["--config-yaml", "type: LOGICAL_DNS"]


def test_an_envoy_that_is_not_there_is_named() -> None:
    with pytest.raises(LabError, match=r"no Deployment envoy; helpers\.apply"):
        simplify_envoy(lab())


@pytest.mark.parametrize(
    ("address", "table", "right", "said"),
    [
        ("None", GOOD, True, "Each client uses 3.0 or more effective pods of 3"),
        ("None", PINNED, False, "A client uses 1.0 effective pods of 3"),
        ("None", BAD, False, "2 of 4 calls failed"),
        ("10.1.1.1", GOOD, False, "is to stay as it was"),
    ],
)
def test_client_fixed(
    address: str, table: pd.DataFrame, right: bool, said: str, collected: list[pd.DataFrame]
) -> None:
    here = lab()
    here.objects.put(made("Service", "demo-headless", spec={"clusterIP": address}))
    collected.append(table)
    verdict = client_fixed(here, "headless")
    assert verdict.right is right
    assert said in verdict.sentence
