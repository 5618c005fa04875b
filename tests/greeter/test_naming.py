"""Which targets are resolved by the DNS server of the environment."""

from __future__ import annotations

import json
import os

import pytest

from greeter import naming
from greeter.errors import GreeterError

SERVER = ("10.96.0.10", 53)


@pytest.mark.parametrize(
    ("target", "resolved"),
    [
        ("dns:///demo.lab:50051", "dns://10.96.0.10:53/demo.lab:50051"),
        ("dns:demo.lab:50051", "dns://10.96.0.10:53/demo.lab:50051"),
        ("demo.lab:50051", "dns://10.96.0.10:53/demo.lab:50051"),
        ("demo", "dns://10.96.0.10:53/demo"),
    ],
)
def test_a_name_is(target: str, resolved: str) -> None:
    assert naming.resolved_by(SERVER, target) == resolved


@pytest.mark.parametrize(
    "target",
    [
        "dns://127.0.0.53:53/demo:50051",
        "ipv4:10.0.0.1:50051,10.0.0.2:50051",
        "ipv6:[::1]:50051",
        "unix:/run/greeter.sock",
        "unix:///run/greeter.sock",
        "xds:///demo",
        "10.0.0.1:50051",
        "dns:///10.0.0.1:50051",
        "[::1]:50051",
        "::1",
        "10.0.0.1",
    ],
)
def test_anything_else_is_not(target: str) -> None:
    assert naming.resolved_by(SERVER, target) == target


def test_an_ipv6_server_is_put_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(naming.DNS_SERVER, "[fd00::a]:53")
    assert naming.resolved_by(naming.dns_server(), "demo:1") == "dns://[fd00::a]:53/demo:1"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_server_targets_stay(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv(naming.DNS_SERVER, raising=False)
    if value is not None:
        monkeypatch.setenv(naming.DNS_SERVER, value)
    assert naming.resolved_by(naming.dns_server(), "dns:///demo:1") == "dns:///demo:1"


@pytest.mark.parametrize(
    "value", ["10.96.0.10", "kube-dns:53", "10.96.0.10:", "10.96.0.10:0", "10.96.0.10:99999"]
)
def test_a_server_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(naming.DNS_SERVER, value)
    with pytest.raises(GreeterError, match="GREETER_DNS_SERVER"):
        naming.dns_server()


BOOTSTRAP = '{"xds_servers": [{"server_uri": "dns:///xds.me.svc:50052", "channel_creds": []}], "node": {}}'


def test_the_control_plane_of_a_bootstrap_is_resolved_by_the_same_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(naming.XDS_BOOTSTRAP, BOOTSTRAP)
    naming.resolve_bootstrap(None)
    assert os.environ[naming.XDS_BOOTSTRAP] == BOOTSTRAP
    naming.resolve_bootstrap(("10.96.0.10", 53))
    (plane,) = json.loads(os.environ[naming.XDS_BOOTSTRAP])["xds_servers"]
    assert plane == {"server_uri": "dns://10.96.0.10:53/xds.me.svc:50052", "channel_creds": []}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"xds_servers": [{}]}'])
def test_a_bootstrap_of_another_form_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(naming.XDS_BOOTSTRAP, text)
    with pytest.raises(GreeterError, match="xds_servers"):
        naming.resolve_bootstrap(("10.96.0.10", 53))
