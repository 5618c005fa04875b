"""What a check finds: severity, object, field, what happens to a gRPC client, and what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["warning", "note"]

# Which section of the courses shows what a finding is about.
SECTIONS = {
    "clusterip-pins": ("01-clusterip", "1.3"),
    "headless-client": ("02-headless", "2.4"),
    "headless-port": ("02-headless", "2.4"),
    "no-endpoints": ("01-clusterip", "1.6"),
    "ingress-not-grpc": ("03-ingress", "3.6"),
    "ingress-plaintext": ("06-nginx-tls", "6.2"),
    "ingress-duplicate": ("03-ingress", "3.1"),
    "route-not-accepted": ("production/06-gateway-api", "6.2"),
    "headless-and-mesh": ("02-headless", "2.7"),
    "readiness-not-grpc": ("production/03-failure", "3.4"),
}


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        id: Which check.
        severity: ``warning`` for what goes wrong, ``note`` for what depends on something not seen here.
        object: As kubectl writes it, ``service/checkout``.
        namespace: Where it lives.
        field: The field that was seen, as kubectl writes it.
        saw: What was seen there.
        effect: What happens to a gRPC client.
        change: What to change: a sentence, then YAML or code.
    """

    id: str
    severity: Severity
    object: str
    namespace: str
    field: str
    saw: str
    effect: str
    change: str

    @property
    def section(self) -> str:
        """The notebook's section that shows it."""
        notebook, section = SECTIONS[self.id]
        return f"notebooks/{notebook}.ipynb, section {section}"


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and how far they go.

    Attributes:
        findings: What was found.
        judged: A sentence for each port that speaks gRPC, with the sign.
        unjudged: A sentence for each Service without a sign, or of which too little is there.
        unread: A sentence for each kind that could not be read, with the missing right.
    """

    findings: Sequence[Finding]
    judged: Sequence[str] = ()
    unjudged: Sequence[str] = ()
    unread: Sequence[str] = ()

    @property
    def warns(self) -> bool:
        """Whether there is a warning."""
        return any(one.severity == "warning" for one in self.findings)
