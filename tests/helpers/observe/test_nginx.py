from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from helpers.lab.errors import LabError
from helpers.observe import nginx

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def test_an_http1_port_takes_the_preface_for_a_bad_request() -> None:
    heard = nginx.ask_nginx(PREFACE + SETTINGS, http2=False)
    assert heard.answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert heard.version.startswith("nginx/1.")
    assert any("client sent invalid request while reading client request line" in line for line in heard.log)
    assert any('"PRI * HTTP/2.0" 400' in line for line in heard.log)


def test_with_http2_on_the_same_port_takes_both() -> None:
    heard = nginx.ask_nginx(PREFACE + SETTINGS, http2=True)
    assert heard.answer[3] == 4, "no SETTINGS frame"
    plain = nginx.ask_nginx(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", http2=True)
    assert plain.answer.startswith(b"HTTP/1.1 ")


def test_an_nginx_that_does_not_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nginx, "_configuration", lambda *_, **__: "nonsense;\n")
    with pytest.raises(LabError, match=r'did not start; its log says: .*unknown directive "nonsense"'):
        nginx.ask_nginx(b"", http2=False)


def test_nothing_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nginx.ask_nginx(PREFACE, http2=False)
    assert list(tmp_path.iterdir()) == []
