"""Envoy's page of clusters as a table."""

from __future__ import annotations

import pytest

from helpers.lab.errors import LabError
from helpers.observe import envoy
from tests.helpers.fakes import fake_lab, pod


def host(address: str, cluster: str = "weighted", flags: str = "healthy", **told: int) -> str:
    values = {"rq_total": 7, "rq_error": 2, "weight": 4, **told}
    lines = [f"{cluster}::{address}:50051::{name}::{value}" for name, value in values.items()]
    return "\n".join(
        [
            f"{cluster}::default_priority::max_requests::1024",
            *lines,
            f"{cluster}::{address}:50051::health_flags::{flags}",
        ]
    )


PAGE = "\n".join(
    [host("10.0.0.1"), host("10.0.0.2", flags="/failed_outlier_check"), host("@a", "administration")]
)


def test_a_row_per_host_with_the_pods_name() -> None:
    found = envoy.parse_hosts(PAGE, {"10.0.0.1": "demo-a"})
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("weighted", "demo-a", 4, 7, 2, False),
        ("weighted", "10.0.0.2", 4, 7, 2, True),
    ]


def test_envoy_is_asked_until_it_knows_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "\n".join([host("10.0.0.1"), host("10.0.0.9")])
    pages = iter(["", host("10.0.0.1"), old, PAGE])
    monkeypatch.setattr(envoy, "reach_pod", lambda *_: "127.0.0.1:1")
    monkeypatch.setattr(envoy, "_page", lambda *_: next(pages))
    lab = fake_lab(*(pod(f"demo-{name}", status={"podIP": f"10.0.0.{name}"}) for name in (1, 2)))
    assert list(envoy.proxy_hosts(lab, "envoy", at_least=2)["server"]) == ["demo-1", "demo-2"]


def test_a_host_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envoy, "KNOWN_SECONDS", 0.0)
    monkeypatch.setattr(envoy, "reach_pod", lambda *_: "127.0.0.1:1")
    monkeypatch.setattr(envoy, "_page", lambda *_: host("10.0.0.1"))
    with pytest.raises(LabError, match="does not know 2 hosts"):
        envoy.proxy_hosts(fake_lab(), "envoy", at_least=2)


def test_an_envoy_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envoy, "KNOWN_SECONDS", 0.2)
    monkeypatch.setattr(envoy, "reach_pod", lambda *_: "127.0.0.1:1")
    with pytest.raises(LabError, match="Envoy in pod envoy does not answer"):
        envoy.proxy_hosts(fake_lab(), "envoy")
