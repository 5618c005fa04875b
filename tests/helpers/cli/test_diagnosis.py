from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.cli import commands, diagnosis
from helpers.lab.objects import Object
from helpers.lab.rbac import DeniedError, Rule
from tests.helpers.diagnose.test_cluster import deployment, endpoint_slice, lab_of, service
from tests.helpers.fakes import refused

PUBLISHED = Path(__file__).resolve().parents[1] / "diagnose" / "published"
PINS, SOUND = str(PUBLISHED / "pins-named-port.yaml"), str(PUBLISHED / "sound-nginx.yaml")


def run(*words: str) -> int:
    return commands.main(["diagnose", *words])


def place(monkeypatch: pytest.MonkeyPatch, *items: Object) -> Any:
    """A cluster in memory, behind every context."""
    lab = lab_of(*items)
    monkeypatch.setattr(commands, "look", lambda *_, **__: lab)
    return lab


def test_the_status_tells_whether_there_are_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-f", PINS) == diagnosis.WARNED
    assert "warning: clusterip-pins: service/checkout in namespace default" in capsys.readouterr().out
    assert run("-f", SOUND) == diagnosis.CLEAR
    assert capsys.readouterr().out.endswith("0 warnings, 0 notes.\n")
    assert run("-f", str(PUBLISHED / "readiness-none.yaml")) == diagnosis.CLEAR
    assert capsys.readouterr().out.endswith("0 warnings, 1 note.\n")


def test_a_reader_who_has_enough_ends_it_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "helpers", "diagnose", "-f", PINS]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)  # noqa: S603 - as typed
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (commands.CUT_OFF, b"")


def test_a_finding_says_what_was_seen_what_happens_and_what_to_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("service/checkout", "-f", PINS, "-n", "shop")
    told = capsys.readouterr().out
    assert "service/checkout in namespace shop" in told
    for part in ("spec.clusterIP: not None", "3 replicas", "one pod", "clusterIP: None", "round_robin"):
        assert part in told
    assert "Shown in notebooks/01-clusterip.ipynb, section 1.3." in told
    assert "port 50051: it speaks gRPC, since its name is grpc." in told


def test_json_has_the_findings_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-f", PINS, "--output", "json") == diagnosis.WARNED
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "findings": [
            {
                "id": "clusterip-pins",
                "severity": "warning",
                "object": "service/checkout",
                "field": "spec.clusterIP",
                "section": "notebooks/01-clusterip.ipynb, section 1.3",
            }
        ]
    }
    assert run("-f", SOUND, "--output", "json") == diagnosis.CLEAR
    assert json.loads(capsys.readouterr().out) == {"findings": []}


def test_a_service_without_a_sign_of_grpc_is_said_not_to_be_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("-f", str(PUBLISHED / "sound-unnamed.yaml"), "--output", "json") == diagnosis.CLEAR
    told = capsys.readouterr()
    assert json.loads(told.out) == {"findings": []}
    assert told.err.startswith("Not judged: service/checkout in namespace default: no sign of gRPC")


@pytest.mark.parametrize("word", ["service/checkout", "svc/checkout", "services/checkout"])
def test_a_service_of_a_cluster_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    lab = place(monkeypatch, service(), service("other"), deployment(), endpoint_slice(True, True, True))
    assert run(word, "--context", "test", "-n", "me") == diagnosis.WARNED
    told = capsys.readouterr()
    assert "service/checkout in namespace me" in told.out
    assert "service/other" not in told.out
    assert (told.err, lab.objects.calls) == ("", [])


def test_what_may_not_be_read_is_told_beside_the_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = place(monkeypatch, service(), deployment(), endpoint_slice(True))
    rule = Rule("list", "ingresses", "networking.k8s.io", "me")
    lab.objects.refusals["list", "Ingress"] = DeniedError(rule, refused(403, "forbidden"))
    assert run("service/checkout", "--context", "test") == diagnosis.WARNED
    told = capsys.readouterr().err
    assert "Not read: Ingress in namespace me: you have no right to list ingresses" in told
    assert str(rule) in told


# --- what it cannot look at ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-f", "nowhere.yaml"], "nowhere.yaml cannot be read: No such file or directory."),
        (["service/nobody", "-f", PINS], f"There is no Service nobody in {PINS}; it has: checkout."),
        (
            ["service/nobody", "--context", "test"],
            "There is no Service nobody in namespace me of context test; ",
        ),
    ],
)
def test_what_is_not_there_is_a_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    place(monkeypatch, service())
    assert run(*words) == commands.FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(sentence)
    assert len(told.err.splitlines()) == 1


def test_bad_yaml_is_a_sentence_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("a: [1\nb: 2\n")
    assert run("-f", str(tmp_path)) == commands.FAILED
    assert "a.yaml, line 2, is not YAML" in capsys.readouterr().err


def test_an_unknown_context_is_a_sentence_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    file.write_text(
        "{kind: Config, apiVersion: v1, contexts: [], clusters: [], users: [], current-context: ''}"
    )
    monkeypatch.setenv("KUBECONFIG", str(file))
    assert run("service/checkout", "--context", "nowhere") == commands.FAILED
    assert 'There is no context "nowhere"' in capsys.readouterr().err


def test_no_cluster_is_started_to_look_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagnosis, "running", lambda: False)
    assert run("service/checkout") == commands.FAILED
    assert capsys.readouterr().err.startswith("No context is named, and the local cluster does not run")


def test_services_that_may_not_be_listed_leave_nothing_to_judge(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = place(monkeypatch, service())
    rule = Rule("list", "services", namespace="me")
    lab.objects.refusals["list", "Service"] = DeniedError(rule, refused(403, "forbidden"))
    assert run("service/checkout", "--context", "test") == commands.FAILED
    assert str(rule) in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["diagnose", "checkout"],
        ["diagnose", "service/"],
        ["diagnose", "service/a", "service/b"],
        ["status", "diagnose"],
        ["diagnose", "-f", PINS, "--context", "test"],
        ["diagnose", "-f", PINS, "--output", "yaml"],
    ],
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main(words)
    assert ended.value.code == 2
