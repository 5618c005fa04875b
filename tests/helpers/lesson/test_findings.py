from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from helpers.lab import lab
from helpers.lab.errors import LabError
from helpers.lesson import findings
from helpers.observe.events import LEAST, Saved, from_saved, over_events
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


def test_a_measure_is_kept_beside_the_findings_and_must_be_known(results: Path) -> None:
    told: dict[str, Saved] = {"seconds_to_new_pod": {"no age": [[1.5, None], [2.0, 3.0]]}}
    findings.save_findings("x", greetings("a"), {name: from_saved(one) for name, one in told.items()})
    assert json.loads((results / "x.json").read_text())["seconds_to_new_pod"] == told["seconds_to_new_pod"]
    with pytest.raises(LabError, match="latency is no measure"):
        findings.save_findings("x", greetings("a"), {"latency": from_saved({})})


def test_what_was_measured_before_is_read_and_nothing_is_an_empty_frame(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    assert findings.measured("seconds_to_new_pod", path).empty
    path.write_text(json.dumps({"measures": {"seconds_to_new_pod": {"a": [[1.0, 2.0], [3.0]]}}}))
    assert findings.measured("seconds_to_new_pod", path)["event"].to_list() == [1, 1, 2]
    assert findings.measured("latency_added_ms", path).empty


def test_what_is_kept_with_the_notebooks_has_five_events_of_each_setting() -> None:
    for name in findings.MEASURES:
        for setting, found in over_events(findings.measured(name)).items():
            assert found.events >= LEAST, (name, setting)
