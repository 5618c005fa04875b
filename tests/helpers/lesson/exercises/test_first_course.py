from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from helpers.lesson.exercises import (
    no_service,
    nobody_listens,
    redirected,
    refused_certificate,
    unknown_policy,
)
from helpers.observe.greetings import parse_greetings
from tests.helpers.fakes import fake_lab, pod

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


@pytest.mark.parametrize(
    ("log", "right", "said"),
    [
        (failed("INVALID_ARGUMENT", "No known policies in list: least_request"), True, "INVALID_ARGUMENT"),
        (NOBODY, False, 'Give the options "--policy", "least_request"'),
        (served("demo-1"), False, "were answered"),
    ],
)
def test_unknown_policy(log: object, right: bool, said: str) -> None:
    verdict = unknown_policy(log)
    assert verdict.right is right
    assert said in verdict.sentence


TWO = "ipv4:10.0.0.1:50051,10.0.0.2:50051"


@pytest.mark.parametrize(
    ("target", "log", "right", "said"),
    [
        (TWO, served("demo-1", "demo-2", "demo-1"), True, "demo-1: 2, demo-2: 1"),
        (TWO, parse_greetings(served("demo-1", "demo-2"), pods=["demo-3"]), True, "demo-2: 1"),
        (TWO, served("demo-1", "demo-1"), False, "which policy uses both"),
        (TWO, served("demo-1", "demo-1", "demo-1", "demo-2"), False, "not in turn"),
        (TWO, served("demo-1", "demo-2", "demo-1", "demo-1", "demo-1"), False, "not in turn"),
        # The second connection stood a moment later.
        (TWO, served("demo-1", "demo-1", "demo-1", "demo-2", "demo-1", "demo-2"), True, "in turn"),
        (TWO, served("demo-1", "demo-3"), False, "demo-3 answered and is not in the target"),
        (TWO, served("demo-1") + NOBODY, False, "1 of 2 greetings failed"),
        ("dns:///demo:50051", served("demo-1", "demo-2"), False, 'begins with no "ipv4:"'),
        ("ipv4:10.0.0.1:50051", served("demo-1"), False, "has 1 addresses and needs two"),
        ("ipv4:10.0.0.1:1,10.0.0.9:1", served("demo-1"), False, "10.0.0.9 is the address of no pod"),
        (TWO, pd.DataFrame(), False, "of type DataFrame"),
        (TWO, 3, False, "of type int"),
    ],
)
def test_no_service(target: object, log: object, right: bool, said: str) -> None:
    verdict = no_service(lab(), target, log)
    assert verdict.right is right
    assert said in verdict.sentence


HTTP1 = "Expected SETTINGS (Trying to connect an http1.x server (HTTP status 400))"


@pytest.mark.parametrize(
    ("log", "status", "right", "said"),
    [
        (failed("UNKNOWN", "Received http2 header with status: 308"), 308, True, "redirects (308)"),
        (failed("UNKNOWN", "Received http2 header with status: 308"), "301", False, "is not 301"),
        (failed("UNAVAILABLE", HTTP1), 308, False, "HTTP/1.1 only"),
        (failed("UNIMPLEMENTED", "Received http2 header with status: 404"), 308, False, "no such host"),
        (failed("INTERNAL", "Received http2 header with status: 400"), 308, False, "That is the TLS port"),
        (NOBODY, 308, False, "Is the target the plaintext port"),
        (served("demo-1"), 308, False, "were answered"),
    ],
)
def test_redirected(log: object, status: object, right: bool, said: str) -> None:
    verdict = redirected(log, status)
    assert verdict.right is right
    assert said in verdict.sentence


LOCAL = failed("UNAVAILABLE", "SSL:CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate: OK")
NAME = failed("UNAVAILABLE", "UNAUTHENTICATED: Hostname Verification Check failed.")
OLD = failed("UNAVAILABLE", "SSL:CERTIFICATE_VERIFY_FAILED: certificate has expired: OK")


@pytest.mark.parametrize(
    ("log", "kind", "right", "said"),
    [
        (LOCAL, "unknown authority", True, "No RPC was sent"),
        (NAME, "wrong name", True, "wrong name"),
        (OLD, "expired", True, "expired"),
        (LOCAL, "wrong name", False, 'It is not "wrong name"'),
        (LOCAL, "tls", False, '"tls" is none of expired, unknown authority, wrong name'),
        (LOCAL, ["wrong name"], False, "is none of"),
        (NOBODY, "expired", False, "not over a certificate"),
        (served("demo-1"), "expired", False, "were answered"),
    ],
)
def test_refused_certificate(log: object, kind: object, right: bool, said: str) -> None:
    verdict = refused_certificate(log, kind)
    assert verdict.right is right
    assert said in verdict.sentence
