from __future__ import annotations

from typing import Any

import pytest

from helpers.report import story
from helpers.report.findings import Finding, Results

GOOD: dict[str, dict[str, Any]] = {
    "clusterip": {"per_client": (1.0, 1.0), "pods": 2},
    "headless": {"per_client": (1.0, 1.0), "pods": 1},
    "headless-round-robin": {"per_client": (3.0, 2.98), "pods": 3},
    "ingress": {"per_client": (2.99, 3.0), "pods": 3},
    "envoy": {"per_client": (3.0, 3.0), "pods": 3},
    "ingress-plaintext-legacy": {"failed": 60, "codes": {"UNAVAILABLE": 60}, "pods": 0},
    "ingress-legacy": {"per_client": (3.0, 3.0), "pods": 3},
    "ingress-plaintext": {"per_client": (3.0, 3.0), "pods": 3},
}


EVEN = {"demo-1-a": 1 / 3, "demo-1-b": 1 / 3, "demo-1-c": 1 / 3}
ONE, OTHER = {"demo-1-a": 1.0, "demo-1-b": 0.0, "demo-1-c": 0.0}, {"demo-1-b": 1.0}
PINNED = {"clusterip": (ONE, OTHER), "headless": (ONE, ONE)}


def served(variant: str) -> dict[str, Any]:
    """The shares of a variant that go with its numbers above."""
    if variant == "ingress-plaintext-legacy":
        return {}
    return {"client_shares": PINNED.get(variant, (EVEN, EVEN)), "shares": EVEN}


def finding(variant: str, notebook: str = "05-compare", **change: Any) -> Finding:
    return Finding(
        notebook, variant, **{"greetings": 60, "failed": 0, **GOOD[variant], **served(variant), **change}
    )


def told(*findings: Finding) -> str:
    return "\n".join(story.answer(Results(findings)))


def test_the_whole_answer() -> None:
    sentences = story.answer(Results(tuple(finding(variant) for variant in GOOD)))
    assert len(sentences) == 5
    assert "one pod of 3 (effective pods 1.0, 2 clients)" in sentences[0]
    assert "effective pods 1.0" in sentences[1]
    assert "all 3 pods" in sentences[2]
    assert "(3.0), an nginx Ingress (3.0) and an Envoy proxy (3.0)" in sentences[2]
    assert "failed all 60 greetings with UNAVAILABLE; with TLS on the same nginx none of 60" in sentences[3]


def test_nothing_measured_nothing_said() -> None:
    assert story.answer(Results()) == []


@pytest.mark.parametrize(
    "unsupported",
    [
        finding("clusterip", per_client=(1.0, 1.9)),
        finding("clusterip", per_client=()),
        finding("clusterip", failed=3),
        finding("headless", per_client=(2.9, 3.0)),
        finding("envoy", per_client=(3.0, 2.0)),
        finding("envoy", per_client=(1.0, 1.0), pods=1),
        finding("ingress", failed=1),
        finding("ingress-plaintext-legacy", failed=59),
        finding("ingress-plaintext", failed=60),
        finding("ingress-legacy"),
    ],
)  # fmt: skip
def test_no_sentence_without_its_evidence(unsupported: Finding) -> None:
    assert told(unsupported) == ""


def test_a_sentence_names_only_what_worked() -> None:
    text = told(
        finding("ingress"), finding("envoy", per_client=(1.0, 3.0)), finding("ingress-plaintext-legacy")
    )
    assert "Envoy" not in text
    assert "through an nginx Ingress (3.0)." in text
    assert "with TLS" not in text


def test_the_comparison_lesson_wins() -> None:
    early, late = finding("envoy", "04-envoy", greetings=1), finding("envoy", "05-compare", greetings=2)
    assert story.comparison(Results((early, late))) == [late]
    assert story.comparison(Results((early,))) == [early]


def test_a_heading_says_what_was_measured_and_not_what_should_be() -> None:
    assert story.headline([finding("clusterip")]) == "ClusterIP: each client stays on one pod"
    assert story.headline([finding("clusterip", per_client=(1.0, 2.5))]) == "ClusterIP: 1.0 to 2.5 pods"
    both = [finding("ingress"), finding("envoy")]
    assert story.headline(both) == "nginx and Envoy: each client reaches all pods"
    cases = [finding("ingress-plaintext-legacy"), finding("ingress-plaintext")]
    assert story.headline(cases) == '2 ways through nginx: only "Ingress as up to v1.9, no TLS" fails'
    assert "only" not in story.headline([finding("ingress-plaintext-legacy", failed=30), cases[1]])
