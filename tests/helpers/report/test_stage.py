from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace

import pytest

import helpers.lab
from helpers.report import stage


class FakeCluster:
    """Stands in for ``helpers.lab.cluster`` and records what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.refuses = False

    def start(self, name: str) -> str:
        self.calls.append(("start", name))
        if self.refuses:
            raise helpers.LabError("nginx is missing.")
        return "kubeconfig"

    def stop(self, name: str, *, purge: bool = False) -> None:
        self.calls.append(("purge" if purge else "stop", name))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    made = FakeCluster()
    module = SimpleNamespace(start=made.start, stop=made.stop)
    monkeypatch.delenv("LAB_CONTEXT", raising=False)
    monkeypatch.setitem(sys.modules, "helpers.lab.cluster", module)
    monkeypatch.setattr(helpers.lab, "cluster", module)
    return made


def test_has_a_name_of_its_own_and_is_removed(fake: FakeCluster) -> None:
    name = f"report-{os.getpid()}"
    with stage.cluster() as environment:
        assert environment == {"LOCALCLUSTER_NAME": name}
        assert fake.calls == [("start", name)]
    assert fake.calls[1:] == [("purge", name)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_is_removed_after_an_error(fake: FakeCluster, error: type[BaseException]) -> None:
    with pytest.raises(error), stage.cluster():
        raise error
    assert fake.calls[-1][0] == "purge"


def test_is_removed_when_it_could_not_start(fake: FakeCluster) -> None:
    fake.refuses = True
    with pytest.raises(helpers.LabError, match="nginx is missing"), stage.cluster():
        pytest.fail("the body must not run")
    assert [call for call, _ in fake.calls] == ["start", "purge"]


def test_a_named_cluster_is_used_and_left_alone(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CONTEXT", "kind-demo")
    with stage.cluster() as environment:
        assert environment == {}
    assert fake.calls == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_end_is_an_interrupt(number: signal.Signals) -> None:
    with stage.signals_as_interrupt() as seen, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert seen == [number]
