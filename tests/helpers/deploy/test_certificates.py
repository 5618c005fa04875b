from __future__ import annotations

import base64
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers.deploy import certificates

HOST = "ingress.greeter.example"


def encoded(texts: dict[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}


@pytest.fixture(scope="module")
def issued() -> dict[str, str]:
    return certificates.issue(HOST)


def test_a_client_that_trusts_the_authority_accepts_the_certificate(
    issued: dict[str, str], tmp_path: Path
) -> None:
    pair = tmp_path / "pair.pem"
    pair.write_text(issued["tls.crt"] + issued["tls.key"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair)
    near, far = socket.socketpair()
    thread = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).close())
    thread.start()
    with ssl.create_default_context(cadata=issued["ca.crt"]).wrap_socket(near, server_hostname=HOST) as wire:
        assert wire.version() == "TLSv1.3"
    thread.join()


def test_its_own_certificate_fits_and_another_hosts_does_not(issued: dict[str, str]) -> None:
    assert certificates.fits(encoded(issued), HOST)
    assert not certificates.fits(encoded(issued), "other.greeter.example")


def test_one_that_ends_soon_does_not_fit() -> None:
    soon = certificates.issue(HOST, not_after=datetime.now(UTC) + timedelta(hours=1))
    assert not certificates.fits(encoded(soon), HOST)


@pytest.mark.parametrize("file", certificates.FILES)
def test_a_file_of_another_pair_does_not_fit(issued: dict[str, str], file: str) -> None:
    mixed = {**issued, file: certificates.issue(HOST)[file]}
    assert not certificates.fits(encoded(mixed), HOST)


@pytest.mark.parametrize(
    "data", [{}, {"tls.crt": "", "tls.key": "", "ca.crt": ""}, {"tls.crt": "%", "tls.key": "", "ca.crt": ""}]
)
def test_what_is_no_certificate_does_not_fit(data: dict[str, str]) -> None:
    assert not certificates.fits(data, HOST)
