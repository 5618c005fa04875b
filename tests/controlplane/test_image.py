"""The control plane's image: the greeter's, and the Kubernetes client."""

from __future__ import annotations

import ast
import re

from greeter.generate import ROOT
from tests.greeter.test_image import stage


def test_its_environment_is_the_greeters_and_the_client() -> None:
    text = stage("build-controlplane")
    (line,) = re.findall(r"-c constraints\.txt (.*)$", text, flags=re.MULTILINE)
    assert line.split() == ["kubernetes"]
    assert "FROM build AS build-controlplane" in (ROOT / "Dockerfile").read_text()
    assert "COPY controlplane controlplane" in text


def test_it_imports_what_is_there() -> None:
    roots = set()
    for path in (ROOT / "controlplane").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                roots.add(node.module.partition(".")[0])
    # urllib3 is what the client asks with; it raises its errors.
    assert roots >= {"kubernetes", "greeter"}
    assert not roots & {"pandas", "aiohttp", "yaml", "helpers", "localcluster"}


def test_it_runs_as_nobody() -> None:
    text = stage("controlplane")
    assert re.search(r"^USER 65532:65532$", text, flags=re.MULTILINE)
    assert 'ENTRYPOINT ["python", "-m", "controlplane"]' in text
