"""Runs that were kept become repeats, and only what is alike is put together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.lesson.findings import measured, measured_on
from helpers.observe.events import over_events
from helpers.report import measure
from helpers.report.course import CourseError
from tests.helpers.report.reading import complaints, read

FACTS = {"Cluster": "local", "Kubernetes": "v1.36.2", "gRPC": "1.85.1", "Machine": "2 cores"}


def kept(folder: Path, run: int, seconds: float, **other: str) -> Path:
    """A run as an interrupted command leaves it."""
    place = folder / str(run)
    (place / "results").mkdir(parents=True)
    saved = {"findings": [], "seconds_to_new_pod": {"xDS": [[seconds, seconds / 2]]}}
    (place / "results" / "07-xds.json").write_text(json.dumps(saved))
    facts = {**FACTS, "Started": f"2026-01-0{run} 00:00 UTC", **other}
    (place / "07-xds.json").write_text(json.dumps(facts))
    return place


def test_each_run_is_an_event_and_its_clients_are_observers(tmp_path: Path) -> None:
    runs = [kept(tmp_path / "measured", run, float(run)) for run in (1, 2, 3)]
    path = measure.write(tmp_path, runs)
    found = over_events(measured("seconds_to_new_pod", path))["xDS"]
    assert (found.events, found.low, found.high) == (3, 1.0, 3.0)
    assert measured_on(path) == {**FACTS, "Started": "2026-01-01 00:00 UTC", "Runs": "3"}
    page = read(path.with_suffix(".html"))
    # The overview that it links to is there once `make report` has run.
    assert {one.rpartition(": ")[2] for one in complaints([page])} == {"index.html"}
    assert "2 cores" in page.text


def test_runs_on_other_versions_are_no_repeats(tmp_path: Path) -> None:
    runs = [kept(tmp_path, 1, 1.0), kept(tmp_path, 2, 1.0, gRPC="1.86.0")]
    with pytest.raises(CourseError, match=r"differ in gRPC: 1\.85\.1, 1\.86\.0"):
        measure.write(tmp_path, runs)


def test_what_is_there_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in (1, 2):
        kept(tmp_path / "measured", run, 1.0)
    monkeypatch.setattr(measure, "NOTEBOOKS", ("07-xds",))
    monkeypatch.setattr(measure, "_run", lambda *_: pytest.fail("nothing was left to run"))
    assert measure.main(["--runs", "2", "--output", str(tmp_path)]) == 0
    assert (tmp_path / "measured.json").exists()


def test_what_is_missing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path / "measured", 1, 1.0)
    asked: list[object] = []
    monkeypatch.setattr(measure, "NOTEBOOKS", ("07-xds",))
    monkeypatch.setattr(measure, "_run", lambda _, left: asked.extend(left))
    assert measure.main(["--runs", "3", "--output", str(tmp_path)]) == 1
    assert asked == [(2, "07-xds"), (3, "07-xds")]
