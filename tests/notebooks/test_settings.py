"""Every notebook on clusters as difficult as real ones: the same facts where the cluster can show them.

Where it cannot, the notebook says what is missing, and nothing of it is saved. The second course is run by an
attendee in ``test_production``, the first on the quick cluster in ``test_course``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.lab import cluster
from helpers.report.course import run_course
from helpers.report.findings import read_results
from localcluster.lifecycle.difficulty import Difficulty
from tests.notebooks import test_course, test_production
from tests.notebooks.conftest import BOTH, NAMES, PATHS
from tests.notebooks.test_course import printed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# `.ci/run` asks for the first course by name.
COURSES = [f"first-{path.stem}" if path in PATHS else f"second-{path.stem}" for path in BOTH]
SLOW, BARE = Difficulty(slow=True), Difficulty(without_ingress=True, without_gateway=True)
# What these notebooks are about is not there.
LACKING = {
    "03-ingress": "No IngressClass nginx was found",
    "06-nginx-tls": "No IngressClass nginx was found",
    "06-gateway-api": "does not have the Gateway API",
}
# Whose facts are about all ways, of which one is missing.
PARTLY = {"05-compare", "02-rollout", "03-failure", "04-streams"}
THROUGH_INGRESS = {"ingress", "rollout-ingress", "rollout-ingress-retry", "failure-ingress"} | {
    f"streams-{kind}" for kind in ("talking", "silent")
}


def _cluster(difficulty: Difficulty, folder: Path) -> Iterator[dict[str, str]]:
    told = {"LOCALCLUSTER_NAME": f"difficult-{os.getpid()}", "LOCALCLUSTER_HOME": str(folder)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**told, **difficulty.variables()}.items():
            patch.setenv(name, value)
        try:
            cluster.start(told["LOCALCLUSTER_NAME"])
            yield told
        finally:
            cluster.stop(told["LOCALCLUSTER_NAME"], purge=True)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    yield from _cluster(SLOW, tmp_path_factory.mktemp("slow"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    yield from _cluster(BARE, tmp_path_factory.mktemp("bare"))


def holds_as_ever(path: Path, results: Path, text: str) -> None:
    """What the notebook's own test asserts, from what it saved and said."""
    if path.stem in test_production.EXPECTED:
        saved: dict[str, Any] = json.loads((results / f"{path.stem}.json").read_text())
        test_production.EXPECTED[path.stem](saved, text)
        return
    measured = {one.variant: one for one in read_results(results, [path.stem]).findings}
    for variant, holds in test_course.EXPECTED[path.stem].items():
        holds(measured[variant])


@pytest.mark.parametrize("path", BOTH, ids=COURSES)
def test_on_a_slow_cluster_the_facts_are_the_same(path: Path, slow: dict[str, str], tmp_path: Path) -> None:
    """From a machine that reaches pods only through the API server, as behind a filtering network."""
    (outcome,) = run_course([path], tmp_path, environment={**slow, "LAB_REACH": "forward"})
    assert outcome.stopped is None, str(outcome.stopped)
    holds_as_ever(path, tmp_path / "results", printed(outcome.notebook))


@pytest.mark.parametrize("path", BOTH, ids=COURSES)
def test_without_ingress_and_gateway_it_is_said_what_is_missing(
    path: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    (outcome,) = run_course([path], tmp_path, environment=bare)
    assert outcome.failure is None, str(outcome.failure)
    if path.stem in LACKING:
        assert outcome.skipped is not None
        assert LACKING[path.stem] in outcome.skipped.error
        assert not list((tmp_path / "results").iterdir())
        return
    assert outcome.skipped is None
    if path.stem not in PARTLY:
        holds_as_ever(path, tmp_path / "results", printed(outcome.notebook))
        return
    text = printed(outcome.notebook)
    assert len(re.findall("left out: |skipped: ", text.lower())) == 1
    found = {one.variant for one in read_results(tmp_path / "results", [path.stem]).findings}
    assert found
    assert not found & THROUGH_INGRESS


@pytest.mark.parametrize("path", PATHS, ids=[f"first-{name}" for name in NAMES])
def test_an_attendee_measures_the_same(
    path: Path, room: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rights of ``manifests/rbac``, on a cluster that is named."""
    for name, value in room.items():
        monkeypatch.setenv(name, value)
    (outcome,) = run_course([path], tmp_path)
    assert outcome.failure is None, str(outcome.failure)
    holds_as_ever(path, tmp_path / "results", printed(outcome.notebook))
