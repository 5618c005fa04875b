from __future__ import annotations

import json
from pathlib import Path

from helpers.report.findings import parse_finding, read_results


def test_reads_what_was_saved_and_skips_what_was_not(tmp_path: Path) -> None:
    saved = {
        "notebook": "01",
        "findings": [{"variant": "clusterip", "greetings": 9, "effective_pods": float("nan")}],
        "cluster": {"context": "local", "server_version": "v1.36.2"},
    }
    (tmp_path / "01.json").write_text(json.dumps(saved))
    results = read_results(tmp_path, ["00", "01"])
    (finding,) = results.of("01")
    assert (finding.variant, finding.greetings, finding.effective_pods, finding.pods) == (
        "clusterip",
        9,
        None,
        None,
    )
    assert results.cluster["server_version"] == "v1.36.2"


def test_all_failed_needs_greetings() -> None:
    assert not parse_finding("n", {"variant": "v", "greetings": 0, "failed": 0}).all_failed
    assert parse_finding("n", {"variant": "v", "greetings": 2, "failed": 2}).all_failed
