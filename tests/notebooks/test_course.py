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

from helpers.report.course import run_course
from helpers.report.findings import Finding, read_results
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
    assert finding.greetings >= 60
    assert finding.pods == 3
    assert finding.effective_pods is not None
    assert finding.effective_pods > 2.9
    # The proxy takes the pods in turn for all clients together, so one client's thirty may fall unevenly.
    assert min(finding.per_client) > 2.7


def none_arrives(finding: Finding) -> None:
    assert finding.greetings >= 60
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
    "00-setup": [r"… No answer yet", r"✓ Right\. \"Connection refused\""],
    "01-clusterip": [
        r"Counter\(\{'demo-\S+': 5\}\)",
        r"2 new pods served 0 of 60 greetings",
        r"1 channel: pod \S+ 100%; 1\.00 effective",
        r"1 channel: 60 greetings by 1 connection, predicted 1, to 1 pod;",
        r"10 channels: 60 greetings by 10 connections, predicted 1, to \d pods?; no .* at more than 1 pod\.",
        r"60 channels: 60 greetings by 60 connections, predicted 60, to 3 pods; no .* at more than 1 pod\.",
        r"pinned, as measured: .* mean \d+% → 50% → 50%, busiest pod 100% → 100% → 100%",
        r"shared evenly: .* mean 67% → 50% → 50%, busiest pod 67% → 50% → 50%",
        r"✓ Right\. \S+ is on \S+, where no client before it was",
    ],
    "02-headless": [
        r"Service off: pod \S+ 100%; 1\.00 effective pods\.",
        r"no scheme: (pod \S+ \d+%[,;] ){3}",
        r"resolver off: pod \S+ 100%; 1\.00 effective pods\.",
        r"policy off: pod \S+ 100%; 1\.00 effective pods\.",
        r"8080, ClusterIP: pod \S+ 100%; 1\.00 effective pods\.",
        r"port off: failed 100%; all 30 failed, UNAVAILABLE",
        r"running clients +the 2 new pods served 0 of 60",
        r"client started now the 2 new pods served 1[0-4] of 30",
        r"No known policies in list: least_request",
        r"✓ Right\. An error, aloud: INVALID_ARGUMENT",
        r"✓ Right\. Two pods in turn",
    ],
    "03-ingress": [
        r"the one of the Secret: True",
        r"same client pods: True",
        r'"POST\s+/greeter\.v1\.Greeter/SayHello\s+HTTP/2\.0"\s+200',
        r"(?s)nginx says +the clients say.*(demo-\S+ +0\.\d+ +0\.\d+\s+){3}",
        r"1 channel: 60 greetings by ([3-9]|\d\d) connections, predicted 1, to 3 pods",
        r"direct: 5% within .* nginx: 5% within .* direct again: 5% within ",
        r"nginx adds -?\d+\.\d\d ms to the median; the direct way differs from itself by \d",
        r"✓ Right\. \d+% of the steps at least: nginx takes the pods in",
    ],
    "04-envoy": [
        r"two logs agree for every pod: True",
        r"came in by 1 connection\(s\) and went to 3 pods",
        r"'cluster\.greeter\.upstream_cx_active': 3",
        r"60 or more: True",
        r"direct: 5% .* through Envoy: 5% .* in Envoy and beyond: 5% .* waiting for the pod: 5% ",
        r"through Envoy: \d+% of the time the client computes; at most \d+ greetings a second",
        r"✓ Right\. \d+\.\d\d ms: one greeting in a hundred",
    ],
    "05-compare": [
        r"in this run: headless-round-robin, ingress, envoy",
        r"clusterip: pod .* 1\.00 effective pods \(predicted 2\), Jain's index 0\.33, 0 of 30 failed, median",
        r"\+0\.00 ms at the median; asks for:",
        r"envoy: \+\d+\.\d\d ms at the median; asks for: nothing",
        r"✓ Right\. 1\.67 pods for 2 clients",
        r"✓ Right\. They disagree",
    ],
    "06-nginx-tls": [
        r"(?s)INTERNAL +True.*frame type 80 +True.*400 +True",
        r"✓ Right\. nginx redirects \(308\)",
        r"✓ Right\. UNAVAILABLE, and the reason is the certificate: unknown authority",
        r"our own nginx/1\S+: .*\s+client\s+sent\s+invalid\s+request\s+while\s+reading",
        r'the controller: 127\.0\.0\.1\s(?s:.{1,80})"PRI\s+\*\s+HTTP/2\.0"\s+400',
        r"controllers: nginx:1\.",
        r"nginx/1\S+, http2 off: b'HTTP/1\.1 400",
        r"all in order: UNIMPLEMENTED",
        r"unknown authority: UNAVAILABLE\n(.*\n)?.*local\s+issuer",
        r"(?s)wrong name: UNAVAILABLE\n.{0,200}Hostname\s+Verification\s+Check\s+failed",
        r"expired: UNAVAILABLE\n(.*\n)?.*certificate\s+has\s+expired",
        r"nginx-legacy +as ingress-nginx up to v1\.9",
        r"nginx +as ingress-nginx v1\.10 or later",
        r"\\x02h2\\x08http/1\.1",
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
    check_pages(sorted((tmp_path / "pages").glob("*.html")))


def check_pages(paths: Sequence[Path]) -> None:
    pages = [read(path) for path in paths]
    assert complaints(pages) == []
    described = [image["alt"] for page in pages for image in page.images]
    assert "Figure without a description" not in described
    if browser.CHROMIUM or browser.REQUIRED:
        assert browser.complaints(paths) == []


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
    assert page.count('alt="Bar chart of') == 2
    assert "No description has been provided" not in page
