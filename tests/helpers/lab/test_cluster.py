from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lab import cluster
from helpers.lab.errors import LabError
from localcluster.lifecycle import control


def fail(*_arguments: object, **_options: object) -> None:
    raise control.ClusterError("nginx is missing; install it.")


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_the_clusters_sentence_becomes_the_labs(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setattr(control, verb, fail)
    with pytest.raises(LabError, match=r"^nginx is missing; install it\.$") as caught:
        getattr(cluster, verb)("x")
    assert isinstance(caught.value.__cause__, control.ClusterError)


def test_stop_passes_on_whether_the_state_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(control, "stop", lambda name, purge: calls.append((name, purge)))
    cluster.stop("x", purge=True)
    cluster.stop("x")
    assert calls == [("x", True), ("x", False)]


def test_start_returns_the_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "start", lambda name: Path(f"{name}/kubeconfig"))
    assert cluster.start("x") == Path("x/kubeconfig")


def test_nothing_runs_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    assert cluster.running("x") is False
    assert cluster.state_folder("x") == tmp_path / "home" / "x"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("ask", [cluster.running, cluster.state_folder])
def test_a_name_no_cluster_can_have_is_a_sentence(ask: object) -> None:
    with pytest.raises(LabError, match='"A B" cannot name a cluster'):
        ask("A B")  # type: ignore[operator]
