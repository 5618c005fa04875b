from __future__ import annotations

import http.server
import importlib.util
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from helpers.cli import install

# As pip 26 prints it.
LISTING = """\
:env:.find-links='/opt/wheels /opt/more'
:env:.timeout='30'
global.cert='/etc/ssl/company.pem'
global.index-url='https://one.example/simple'
global.timeout='60'
install.index-url='https://two.example/simple'
install.extra-index-url='\\nhttps://three.example/simple\\nhttps://four.example/simple'
install.no-index='false'
list.index-url='https://not.for.install/simple'
"""


def test_the_settings_that_hold_are_those_of_the_last_section() -> None:
    settings = install.pip_settings(LISTING)
    assert settings["index-url"] == "https://two.example/simple"
    assert settings["timeout"] == "30"
    assert install.unknown(settings) == []


def test_uv_is_told_what_pip_would_do() -> None:
    told = install.uv_environment(install.pip_settings(LISTING), {"PATH": "/bin"})
    assert told == {
        "PATH": "/bin",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
        "UV_DEFAULT_INDEX": "https://two.example/simple",
        "UV_FIND_LINKS": "/opt/wheels,/opt/more",
        "UV_HTTP_TIMEOUT": "30",
        "UV_INDEX": "https://three.example/simple https://four.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "1",
    }
    assert install.uv_switches(install.pip_settings(LISTING)) == []


def test_what_the_user_tells_uv_itself_wins() -> None:
    settings = {"index-url": "https://pip.example/simple"}
    told = install.uv_environment(settings, {"UV_DEFAULT_INDEX": "https://uv.example/simple"})
    assert told["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


@pytest.mark.parametrize(
    ("settings", "environment", "file"),
    [
        ({"cert": "/pip"}, {"SSL_CERT_FILE": "/openssl", "REQUESTS_CA_BUNDLE": "/requests"}, "/pip"),
        ({}, {"SSL_CERT_FILE": "/openssl", "REQUESTS_CA_BUNDLE": "/requests"}, "/requests"),
        ({}, {"SSL_CERT_FILE": "/openssl"}, "/openssl"),
    ],
)
def test_certificates_come_from_where_pip_takes_them(
    settings: dict[str, str], environment: dict[str, str], file: str
) -> None:
    assert install.uv_environment(settings, environment)["SSL_CERT_FILE"] == file


def test_an_option_that_uv_does_not_have_is_named() -> None:
    assert install.unknown({"no-binary": ":all:", "progress-bar": "off", "proxy": "http://proxy:8080"}) == [
        "no-binary"
    ]


# --- the programs -------------------------------------------------------------------------------------------


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that ran, by what they are for; a command fails that "no COMMAND" was appended for."""
    fails: list[str] = []

    def status(command: Sequence[str], _environment: Mapping[str, str]) -> int:
        words = list(command[2:])
        step = "get uv" if words[-1] == "uv" else words[0]
        fails.append(step)
        return int(f"no {step}" in fails)

    monkeypatch.setattr(install, "_output", lambda _command: "")
    monkeypatch.setattr(install, "_status", status)
    return fails


@pytest.mark.parametrize(
    ("trouble", "steps", "words"),
    [
        ("", ["get uv", "uv"], ""),
        ("no get uv", ["get uv", "pip"], "uv cannot be installed here"),
        ("no uv", ["get uv", "uv", "pip"], "uv could not install the packages"),
    ],
)
def test_pip_stands_in_for_uv_and_says_so(
    trouble: str, steps: list[str], words: str, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ran.append(trouble)
    assert install.install(["handout"]) == 0
    assert ran[1:] == steps
    assert words in capsys.readouterr().err


def test_with_an_option_that_uv_does_not_have_pip_does_it(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "_output", lambda _command: "global.no-binary=':all:'\n")
    assert install.install([]) == 0
    assert ran == ["pip"]
    assert "no-binary" in capsys.readouterr().err


# --- a real pip.conf, a real index, the real uv -------------------------------------------------------------


def wheel(folder: Path, name: str, version: str) -> None:
    folder.mkdir(parents=True)
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{about}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Two package indexes on loopback: the first has version 1 of a package, the second version 2."""
    for number in ("1", "2"):
        wheel(tmp_path / number / "simple" / "greeting", "greeting", number)
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.skipif(
    importlib.util.find_spec("uv") is None, reason="pip installed this environment, without uv"
)
def test_uv_follows_a_pip_conf(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex-url = {index}/1/simple\n[install]\nextra-index-url =\n  {index}/2/simple\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("UV_NO_CACHE", "1")
    python = [sys.executable, "-m"]
    settings = install.pip_settings(install._output([*python, "pip", "config", "list"]))
    subprocess.run(  # noqa: S603 - the environment's own uv
        [*python, "uv", "pip", "install", "-q", "--target", str(tmp_path / "target"), "greeting"],
        env=install.uv_environment(settings, os.environ),
        check=True,
    )
    assert (tmp_path / "target" / "greeting.py").read_text() == "version = '2'\n"
