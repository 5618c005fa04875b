"""Every command that the texts print is run by a shell in which only KUBECONFIG, PATH and HOME are set."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.handout import trainer
from tests import prose
from tests.patience import PATIENCE

COMMAND = r"(?:kubectl|(?:\.venv/bin/)?python -m (?:helpers|localcluster|greeter)) "
PRINTED = re.compile(rf"`({COMMAND}[^`]+)`|^ *({COMMAND}.+)$", re.MULTILINE)
# What an attendee fills in, and what stands for it here. An image is built by tests of its own.
FILLED = {
    "--context prod -n shop": "--context local -n grpc-lab",
    "--context kind-demo -n me": "--context local -n grpc-lab",
    "service/checkout": "service/demo-clusterip",
    "helpers build diff apply": "helpers diff apply",
    " --image-prefix registry.example/me/tlsdemo": "",
    "my-manifests/": "manifests/greeter",
    "=HOST:PORT": "=127.0.0.1:8443",
}
# Names of commands in a sentence: without what they need they are not to be typed.
MENTIONED = {
    "kubectl apply -k",
    "kubectl auth can-i",
    "kubectl create",
    "kubectl create token",
    "kubectl drain",
    "kubectl exec",
    "kubectl port-forward",
    "kubectl rollout status",
    "kubectl run me --image=greeter --command -- python -c SOURCE",
    "python -m greeter client",
    "python -m helpers build",
    "python -m helpers build --image-tag TAG",
    "python -m helpers diagnose",
    "python -m helpers diagnose service/NAME",
    "python -m helpers diagnose service/NAME --context CONTEXT -n NAMESPACE",
    "python -m localcluster load IMAGE",
}
# What a reader waits for after a line that begins so.
THEN = {
    "kubectl apply -k": "kubectl wait --for=condition=Available deployment --all --timeout=200s",
    "kubectl run hello": "kubectl wait --for=jsonpath={.status.phase}=Succeeded pod/hello --timeout=200s",
}
# The page with the fix has variables of its own and tests of its own; the changelog is no text to type from.
LEFT = ("FIX.md", "CHANGELOG.md")
# `diagnose` found something to warn of.
WARNED = 1


def printed() -> list[str]:
    """The commands in the order of the texts: those of the README first, which start the cluster."""
    names = [prose.ROOT / "README.md", *prose.files()]
    found = [text for path in dict.fromkeys(names) if path.name not in LEFT for text in prose.texts(path)]
    matches = [match for text in (*found, trainer.HOW) for match in PRINTED.finditer(text)]
    lines = [" ".join((match[1] or re.split(" {2,}#", match[2])[0]).split()) for match in matches]
    return list(dict.fromkeys(line for line in lines if line not in MENTIONED))


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as its reader would, in a copy of the project's manifests."""
    for asked, given in FILLED.items():
        line = line.replace(asked, given)
    environment = {
        "KUBECONFIG": str(home / ".local/state/localcluster/local/kubeconfig"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
    }
    # Lines of this project's own texts.
    return subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", line.removeprefix(".venv/bin/")],
        cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose cluster has the first course's objects, and files that a text says to bring."""
    shutil.copytree(prose.ROOT / "manifests", tmp_path / "manifests")
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).write_text("a file")
    try:
        for line in ("python -m localcluster start", "python -m helpers apply --context local -n grpc-lab"):
            done = shell(line, tmp_path)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        yield tmp_path
    finally:
        shell("python -m localcluster stop --purge", tmp_path)


def test_texts_print_commands() -> None:
    lines = printed()
    assert "python -m localcluster start" in lines
    assert "python -m helpers diagnose service/checkout --context prod -n shop" in lines
    assert any(line.startswith("kubectl -n grpc-lab logs") for line in lines)
    assert len(lines) >= 15


@pytest.mark.slow
def test_every_printed_command_runs(home: Path) -> None:
    failed = []
    for line in printed():
        done = shell(line, home)
        for begins, wait in THEN.items():
            if line.startswith(begins):
                shell(wait, home)
        allowed = {0, WARNED} if " diagnose " in line else {0}
        if done.returncode not in allowed:
            failed.append(f"{line}: {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")
    assert failed == []
