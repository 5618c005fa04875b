"""The exercises of 06-nginx-tls."""

from __future__ import annotations

import re

from helpers.lesson.exercises.reading import only_failure, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check

REDIRECTS = {"301", "302", "303", "307", "308"}
HTTP1 = "http1.x server"
# Words of BoringSSL, which gRPC is built with, and (the name) of gRPC's own check after the handshake.
REASONS = {
    "unable to get local issuer certificate": "unknown authority",
    "self signed certificate": "unknown authority",
    "self-signed certificate": "unknown authority",
    "Hostname Verification Check failed": "wrong name",
    "certificate has expired": "expired",
}


@check("a client's log and a number")
def redirected(log: object, status: object) -> str:
    """Check 06-nginx-tls: a greeting for a TLS host at the plaintext port.

    Args:
        log: The client's log.
        status: The HTTP status that nginx answered with, as the log tells.

    Returns:
        The verdict.
    """
    code, details = only_failure(log)
    found = re.search(r"status:? (\d{3})", details)
    told = found[1] if found else ""
    if told not in REDIRECTS:
        raise WrongAnswer(_no_redirect(code, details, told))
    if str(status).strip() != told:
        raise WrongAnswer(f"The HTTP status is not {status}; it stands in the details: {shortened(details)}")
    return f"nginx redirects ({told}), and gRPC does not follow: the greeting failed with {code}."


def _no_redirect(code: str, details: str, told: str) -> str:
    said = f"The greeting failed with {code}, but not over a redirect: {shortened(details)}"
    if HTTP1 in details:
        return f"{said} That port speaks HTTP/1.1 only, so the client never got as far; take class nginx."
    if told == "404":
        return f"{said} nginx serves no such host; is --authority the host of the Ingress with TLS?"
    if told == "400":
        return f"{said} That is the TLS port, which was sent plaintext; take tls=False."
    return f"{said} Is the target the plaintext port, and is --tls left out?"


@check("a client's log and the kind of error, as text")
def refused_certificate(log: object, kind: object) -> str:
    """Check 06-nginx-tls: a client that refuses the certificate it is shown, and why.

    Args:
        log: The client's log.
        kind: ``"unknown authority"``, ``"wrong name"`` or ``"expired"``.

    Returns:
        The verdict.
    """
    code, details = only_failure(log)
    reason = next((reason for words, reason in REASONS.items() if words in details), None)
    if reason is None:
        raise WrongAnswer(
            f"{code}, but not over a certificate: {shortened(details)} Is --tls given, and the TLS port?"
        )
    known = sorted(set(REASONS.values()))
    if kind not in known:
        raise WrongAnswer(f'"{kind}" is none of {", ".join(known)}.')
    if kind != reason:
        raise WrongAnswer(
            f'It is not "{kind}"; compare the words with the table of section 6.6: {shortened(details)}'
        )
    return f"{code}, and the reason is the certificate: {reason}. No RPC was sent."
