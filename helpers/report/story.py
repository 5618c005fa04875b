"""The short answer, computed: each sentence stands on measurements of this run or is not written.

The index opens with these sentences. Whoever changes one keeps its condition true to its words.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpers.report.findings import Finding, Results

QUESTION = "Why does a gRPC client on Kubernetes hit only one pod, and what fixes it?"

# The comparison lesson measures every variant side by side; its numbers are preferred to a lesson's own.
COMPARISON = "compare"

LABELS = {
    "clusterip": "ClusterIP Service",
    "headless": "headless, default policy",
    "headless-round-robin": "headless, round_robin",
    "ingress": "Ingress (nginx, TLS)",
    "envoy": "Envoy proxy",
    "ingress-plaintext": "Ingress, no TLS",
    "ingress-plaintext-legacy": "Ingress as up to v1.9, no TLS",
    "ingress-legacy": "Ingress as up to v1.9, TLS",
}
_CHART_NAMES = {
    "clusterip": "ClusterIP",
    "headless": "Headless, gRPC's default",
    "headless-round-robin": "Headless and round_robin",
    "ingress": "nginx",
    "envoy": "Envoy",
}
FIXES = {
    "headless-round-robin": "round_robin on a headless Service",
    "ingress": "an nginx Ingress",
    "envoy": "an Envoy proxy",
}
# Room for one greeting on another pod while a channel connects; a second pod in use would give far more.
PINNED = 1.05
# A client that reaches two of three pods stays at two thirds; turns of any kind come close to all of them.
SPREAD = 0.95


def label(variant: str) -> str:
    """Return how a variant is called in a sentence or a chart."""
    return LABELS.get(variant, variant)


def comparison(results: Results) -> list[Finding]:
    """Return one finding per variant, in the order of the course; those of the comparison lesson first."""
    chosen: dict[str, Finding] = {}
    for finding in sorted(results.findings, key=lambda item: COMPARISON not in item.notebook):
        chosen.setdefault(finding.variant, finding)
    order = {variant: place for place, variant in enumerate(LABELS)}
    return sorted(
        (finding for finding in chosen.values() if finding.variant in order),
        key=lambda item: order[item.variant],
    )


def headline(findings: Sequence[Finding]) -> str:
    """Return what these findings, of one chart, came to, as a heading; each word of it is measured."""
    names = _enumerate([_CHART_NAMES.get(finding.variant, label(finding.variant)) for finding in findings])
    if all(map(pinned, findings)):
        return f"{names}: each client stays on one pod"
    if all(map(spread, findings)):
        return f"{names}: each client reaches all pods"
    lost = [finding for finding in findings if finding.all_failed]
    if lost and not any(finding.failed for finding in findings if finding not in lost):
        failing = _enumerate([f'"{label(finding.variant)}"' for finding in lost])
        return f"{len(findings)} ways through nginx: only {failing} fails"
    return f"{names}: " + ", ".join(f"{_range(one.per_client)} pods" for one in findings if one.per_client)


def pinned(finding: Finding) -> bool:
    """Whether each client of this case stayed on one pod."""
    return bool(finding.per_client) and not finding.failed and max(finding.per_client) <= PINNED


def spread(finding: Finding) -> bool:
    """Whether each client of this case reached all pods about equally."""
    if not finding.per_client or not finding.pods or finding.pods < 2 or finding.failed:
        return False
    return min(finding.per_client) >= SPREAD * finding.pods


def answer(results: Results) -> list[str]:
    """Return the sentences that this run's measurements support, the main one first."""
    of = {finding.variant: finding for finding in comparison(results)}
    sentences = (_clusterip(of), _headless(of), _fixes(of), _plaintext(of), _dated(of))
    return [sentence for sentence in sentences if sentence]


def _clusterip(of: dict[str, Finding]) -> str:
    finding = of.get("clusterip")
    if finding is None or not pinned(finding):
        return ""
    total = max((other.pods or 0 for other in of.values()), default=0)
    beside = f" of {total}" if total > 1 else ""
    return (
        f"With a ClusterIP Service each client's channel stayed on one pod{beside} "
        f"(effective pods {_range(finding.per_client)}, {_clients(finding)}): the Service picks a pod once "
        "per connection, and a gRPC channel keeps its connection."
    )


def _headless(of: dict[str, Finding]) -> str:
    finding = of.get("headless")
    if finding is None or not pinned(finding):
        return ""
    return (
        "A headless Service alone changed nothing: with gRPC's default policy each client stayed on one pod "
        f"(effective pods {_range(finding.per_client)})."
    )


def _fixes(of: dict[str, Finding]) -> str:
    working = [
        (words, of[variant]) for variant, words in FIXES.items() if variant in of and spread(of[variant])
    ]
    if not working:
        return ""
    listed = _enumerate([f"{words} ({_range(finding.per_client)})" for words, finding in working])
    return f"Each client reached all {working[0][1].pods} pods about equally through {listed}."


def _plaintext(of: dict[str, Finding]) -> str:
    plain, secure = of.get("ingress-plaintext-legacy"), of.get("ingress-legacy")
    if plain is None or not plain.all_failed:
        return ""
    codes = _enumerate(sorted(plain.codes)) if plain.codes else "an error"
    sentence = (
        f"Without TLS, an ingress as ingress-nginx was up to v1.9 failed all {plain.greetings} greetings "
        f"with {codes}"
    )
    if secure is not None and secure.greetings and not secure.failed:
        sentence += f"; with TLS on the same nginx none of {secure.greetings} failed"
    return sentence + "."


def _dated(of: dict[str, Finding]) -> str:
    finding = of.get("ingress-plaintext")
    if finding is None or not finding.greetings or finding.failed:
        return ""
    return (
        "Since v1.10, ingress-nginx accepts plaintext gRPC on port 80: with that configuration, none of "
        f"{finding.greetings} greetings failed."
    )


def _clients(finding: Finding) -> str:
    count = len(finding.per_client)
    return f"{count} client{'s' if count != 1 else ''}"


def _range(values: Sequence[float]) -> str:
    """Return ``1.0`` or ``1.0 to 1.3``: the smallest and the largest, as printed."""
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    return low if low == high else f"{low} to {high}"


def _enumerate(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]
