"""What the command prints of the answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from greeter import resolve
from greeter.errors import GreeterError
from tests.greeter.conftest import Run

NAMES = {"demo": ["10.0.0.2", "10.0.0.1"]}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[str]]:
    """What the machine's resolver knows."""
    names: dict[str, Sequence[str]] = dict(NAMES)

    def getaddrinfo(name: str, *_: Any, names: Mapping[str, Sequence[str]] = names) -> list[Any]:
        if name not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in names[name]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


def test_each_answer_is_one_line_in_its_own_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve.main(["demo", "--times", "3"]) == 0
    assert capsys.readouterr().out == "10.0.0.2 10.0.0.1\n" * 3


class Growing(list[str]):
    """Has one address more at each look, as a Service has while its pods become ready."""

    def __iter__(self) -> Iterator[str]:
        self.append(f"10.0.0.{len(self) + 1}")
        return super().__iter__()


def test_it_asks_until_there_are_as_many_addresses_as_wanted(
    known: dict[str, Sequence[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    known["demo"] = Growing(["10.0.0.1"])
    assert resolve.main(["demo", "--until", "4"]) == 0
    assert capsys.readouterr().out == "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4\n"


def test_addresses_that_do_not_come_are_told() -> None:
    with pytest.raises(
        GreeterError, match=r"^demo has 2 addresses after 0.3 s, not 3: 10.0.0.2 10.0.0.1; check"
    ):
        resolve.main(["demo", "--until", "3", "--within", "0.3"])


def test_an_unknown_name_is_one_sentence(run: Run) -> None:
    done = run("resolve", "nobody.invalid")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nobody.invalid was not resolved: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["a..b", "x" * 64])
def test_a_name_that_cannot_be_asked_for_is_told(run: Run, name: str) -> None:
    done = run("resolve", name)
    assert done.returncode == 1
    assert f"{name} was not resolved" in done.stderr
