"""Every notebook, executed as the report executes it; then the facts it teaches, from what it measured.

The numbers are facts of the mechanisms, not of chance: a client with one channel has one pod; a client whose
requests are spread in turn reaches three pods evenly; a plaintext port that speaks HTTP/1.1 answers no gRPC.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from helpers.report.course import NOTEBOOKS, run_course
from helpers.report.findings import Finding, read_results
from helpers.report.runner import load
from helpers.report.site import write_report
from tests.helpers import browser
from tests.helpers.report.reading import complaints, read
from tests.notebooks.conftest import NAMES, PATHS

Facts = Callable[[dict[str, Finding]], None]


def one_pod_per_client(finding: Finding) -> None:
    assert not finding.failed
    assert len(finding.per_client) == 2
    assert finding.per_client == pytest.approx([1.0, 1.0])


def all_pods(finding: Finding) -> None:
    assert not finding.failed
    assert finding.greetings >= 24
    assert finding.pods == 3
    assert finding.effective_pods is not None
    assert finding.effective_pods > 2.8
    # A proxy cycles through the pods for all clients together, so one client's twelve may fall 7, 4 and 1;
    # what none may do is stay with one pod, which is 1.0.
    assert min(finding.per_client) > 1.5


def none_arrives(finding: Finding) -> None:
    assert finding.greetings >= 24
    assert finding.codes == {"UNAVAILABLE": finding.greetings}


EXPECTED: dict[str, dict[str, Callable[[Finding], None]]] = {
    "00-setup": {},
    "01-clusterip": {"clusterip": one_pod_per_client},
    "02-headless": {"headless": one_pod_per_client, "headless-round-robin": all_pods},
    "03-ingress": {"ingress": all_pods},
    "04-envoy": {"envoy": all_pods},
    "05-compare": {
        "clusterip": one_pod_per_client,
        "headless": one_pod_per_client,
        "headless-round-robin": all_pods,
        "ingress": all_pods,
        "envoy": all_pods,
    },
    "06-nginx-tls": {
        "ingress-plaintext-legacy": none_arrives,
        "ingress-legacy": all_pods,
        "ingress-plaintext": all_pods,
        "ingress": all_pods,
    },
}


def printed(notebook: Any) -> str:
    """Return the text of all outputs of an executed notebook."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(
        str(output.get("text") or output.get("data", {}).get("text/plain")) for output in outputs
    )


# What the prose of a notebook builds on and no finding carries; the alternative texts are among the outputs.
SAID: dict[str, Sequence[str]] = {
    "00-setup": [
        r"This is pod run-\w+ with gRPC 1\.",
        r"… No answer yet",
        r"✓ Right\. \"Connection refused\"",
    ],
    "01-clusterip": [
        r'("demo-\S+" says: Hello world\n)\1{29}',
        r"Bar chart of 30 greetings\. Measured: .*100%",
        r"pods reached: \d \| pods per channel, at most: 1",
        r"1 channel: 60 greetings by 1 connection, predicted 1, to 1 pod;",
        r"10 channels: 60 greetings by 10 connections, predicted 10, .*; no .* at more than 1 pod\.",
        r"a channel per call: 60 greetings by 60 connections, predicted 60, to 3 pods; no .* at more than 1",
        r"2 new pods: predicted 40% of the calls, measured 0% of 24",
        r"2 replicas: mean 50%, busiest 100%, desired 2",
        r"✗ Not yet\. 5 ready pods of the greeter are no endpoints",
        r"✓ Right\. All 5 pods are endpoints of Service shop",
    ],
    "02-headless": [
        r"Bar chart of 12 greetings\. Measured: .*100%",
        r"Bar chart of 12 greetings\. Measured: (pod \S+ (25|33|42)%[,.] ?){3}",
        r"all on: 3\nService off: 1\nresolver off: 1\npolicy off: 1\nport off: 0, UNAVAILABLE: ",
        r"predicted 40%, measured 0% of 24 calls",
        r"✗ Not yet\. There is no Service shop",
        r"✓ Right\. Each of the 6 pods answered",
    ],
    "03-ingress": [
        r"Bar chart of 12 greetings\. Measured: (pod \S+ [1-9]\d?%[,.] ?){3}",
        r"1 channel: 60 greetings by ([3-9]|\d\d) connections, predicted 1, to 3 pods",
        r'"POST\s+/greeter\.v1\.Greeter/SayHello\s+HTTP/2\.0"\s+200',
        r"the new pods: predicted 0%, measured [1-9]\d?% of 24 calls",
        r"same client pods: True",
        r"Error: [A-Z]+: ",
        r"✗ Not yet\. The annotations of Ingress demo-ingress are empty",
        r"✓ Right\. nginx speaks gRPC to the pods",
    ],
    "04-envoy": [
        r"12 calls arrived on 1 connection\(s\), predicted 1",
        r"both agree for every pod: True",
        r"the new pods: predicted 40%, measured [1-9]\d?% of 24 calls",
        r"the second Envoy: predicted 12 calls, logged 0\n",
        # One address of each DNS answer; another answer may begin with another one.
        r"✗ Not yet\. The clients reach [1-4] of 5 pods",
        r"✓ Right\. The clients reach all 5 pods",
    ],
    "05-compare": [
        r"clusterip: pod .* 1\.00 effective pods \(predicted 1\)",
        r"envoy: (adds \d\S* to \d\S* ms|no difference seen) \(medians of 3 runs, against 6 direct\)",
        r"warning: clusterip-pins: service/demo-clusterip",
        r"note: headless-client: service/demo-headless",
        r"✗ Not yet\. A client uses 1\.0 effective pods of 3",
        r"✓ Right\. Each client uses",
    ],
    "06-nginx-tls": [
        r"controllers: nginx:1\.",
        r"nginx-legacy: UNAVAILABLE: .*frame type 80.*\nnginx: \"demo-\S+\" says: Hello world",
        r"(?s)INTERNAL +True.*frame type 80 +True.*400 +True",
        r"nginx-legacy +length 4740180, type 80 = 'P'\nnginx +length \d+, type 4 = SETTINGS",
        r"nginx/1\S+, http2 off: b'HTTP/1\.1 400",
        r"client sent invalid request while reading client request line",
        r"good: predicted UNIMPLEMENTED, measured UNIMPLEMENTED",
        r"unknown authority: predicted UNAUTHENTICATED, measured UNAVAILABLE.*local issuer",
        r"wrong name: .*measured UNAVAILABLE.*Hostname Verification Check failed",
        r"expired: .*measured UNAVAILABLE.*certificate has expired",
        r"✗ Not yet\. 0 of 12 calls were answered",
        r"✓ Right\. 12 calls were answered by 3 pods, through TLS",
    ],
}


def test_every_notebook_has_its_facts() -> None:
    assert sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_notebook(path: Path, own_cluster: dict[str, str], tmp_path: Path) -> None:
    (outcome,) = run_course([path], tmp_path, environment=own_cluster)
    assert outcome.failure is None, str(outcome.failure)
    findings = read_results(tmp_path / "results", [path.stem])
    measured = {finding.variant: finding for finding in findings.findings}
    for variant, holds in EXPECTED[path.stem].items():
        holds(measured[variant])
    text = printed(outcome.notebook)
    assert [wanted for wanted in SAID.get(path.stem, ()) if not re.search(wanted, text)] == []
    write_report(tmp_path / "pages", [outcome], findings, [], notebooks=path.parent)
    check_pages(sorted((tmp_path / "pages").glob("*.html")), path.stem)


def test_the_appendix_needs_no_cluster(tmp_path: Path) -> None:
    (path,) = (NOTEBOOKS / "appendix").glob("*.ipynb")
    assert not [cell for cell in load(path).cells if cell.get("outputs") or cell.get("execution_count")]
    nowhere = {"KUBECONFIG": str(tmp_path / "none"), "LOCALCLUSTER_HOME": str(tmp_path / "none")}
    (outcome,) = run_course([path], tmp_path, environment=nowhere)
    assert outcome.failure is None, str(outcome.failure)
    text = printed(outcome.notebook)
    assert re.search(r"✓ Right\. 1\.67 pods for 2 clients", text)
    assert re.search(r"✓ Right\. They disagree", text)
    assert not (tmp_path / "none").exists()


def check_pages(paths: Sequence[Path], name: str) -> None:
    """Read all pages of a report; open the notebook's own in a browser, and the last one's overview."""
    pages = [read(path) for path in paths]
    assert complaints(pages) == []
    described = [image["alt"] for page in pages for image in page.images]
    assert "Figure without a description" not in described
    opened = [path for path in paths if path.stem == name or (name == NAMES[-1] and path.stem == "index")]
    assert opened
    if browser.CHROMIUM or browser.REQUIRED:
        with browser.chromium() as chromium:
            assert browser.complaints(chromium, opened) == []


@pytest.mark.slow
def test_plain_nbconvert_runs_a_notebook_too(own_cluster: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "html"]
    environment = {**os.environ, **own_cluster, "LAB_PACE": "20", "LAB_NAMESPACE": "plain-nbconvert"}
    ended = subprocess.run(  # noqa: S603 - the tool a reader would use
        [*command, "--output-dir", str(tmp_path), str(PATHS[NAMES.index("01-clusterip")])],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    page = (tmp_path / "01-clusterip.html").read_text()
    assert page.count('alt="Bar chart of') == 1
    assert "No description has been provided" not in page
