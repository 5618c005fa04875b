from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from helpers.lab import lab
from helpers.lab.errors import LabError
from helpers.lesson import findings
from helpers.observe.stats import spread
from helpers.report.findings import read_results
from tests.helpers.fakes import fake_lab
from tests.helpers.observe.test_stats import greetings


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_RESULTS", str(tmp_path / "results"))
    facts = {"context": "test", "server_version": "v1.36.0", "namespace": "me"}
    monkeypatch.setattr(lab, "_current", [fake_lab(facts=lambda: facts)])
    return tmp_path / "results"


def test_the_report_reads_what_a_notebook_saves(results: Path) -> None:
    table = pd.concat(
        [
            greetings("aaa", "clusterip", "c1"),
            greetings("bbb", "clusterip", "c2"),
            greetings("", "plain", failed=4),
        ],
        ignore_index=True,
    )
    findings.save_findings("01-clusterip", table)
    read = read_results(results, ["01-clusterip"])
    clusterip, plain = read.findings
    assert read.cluster == {"context": "test", "server_version": "v1.36.0", "namespace": "me"}
    assert (clusterip.variant, clusterip.greetings, clusterip.failed, clusterip.pods) == (
        "clusterip",
        6,
        0,
        2,
    )
    assert clusterip.per_client == pytest.approx((1, 1))
    assert [max(shares, key=shares.__getitem__) for shares in clusterip.client_shares] == ["demo-a", "demo-b"]
    assert clusterip.effective_pods == pytest.approx(2)
    assert clusterip.jain == pytest.approx(2 / 3)
    assert clusterip.shares == {"demo-a": 0.5, "demo-b": 0.5, "demo-c": 0}
    assert plain.all_failed
    assert plain.codes == {"UNAVAILABLE": 4}
    assert (plain.pods, plain.effective_pods, plain.jain, plain.per_client) == (None, None, None, ())


def test_the_file_is_json_of_any_reader(results: Path) -> None:
    findings.save_findings("x", greetings("", failed=1))
    assert "NaN" not in (results / "x.json").read_text()
    assert json.loads((results / "x.json").read_text())["notebook"] == "x"


def test_nothing_is_kept_where_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    findings.save_findings("x", greetings("a"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_served_saves_no_findings(results: Path) -> None:
    findings.save_findings("03-ingress", greetings(""))
    assert read_results(results, ["03-ingress"]).findings == ()


def test_repeats_come_to_their_median_and_their_ends() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 3.0, "repeats": 3}
    assert spread([math.nan, 4.0]) == {"median": 4.0, "low": 4.0, "high": 4.0, "repeats": 1}
    assert spread([math.nan]) == {"median": None, "low": None, "high": None, "repeats": 0}


def test_a_measure_is_kept_beside_the_findings_and_must_be_known(results: Path) -> None:
    told = {"seconds_to_new_pod": {"no age": spread([])}}
    findings.save_findings("x", greetings("a"), told)
    assert json.loads((results / "x.json").read_text())["seconds_to_new_pod"] == told["seconds_to_new_pod"]
    with pytest.raises(LabError, match="latency is no measure"):
        findings.save_findings("x", greetings("a"), {"latency": {}})
