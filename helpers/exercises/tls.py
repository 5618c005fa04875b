"""The exercises of 06-nginx-tls."""

from __future__ import annotations

import re

from helpers.exercises.reading import only_failure, shortened
from helpers.exercises.verdict import WrongAnswer, check

REDIRECTS = {"301", "302", "303", "307", "308"}
HTTP1 = "http1.x server"
# What BoringSSL, which gRPC is built with, calls a certificate that it does not accept.
UNVERIFIED = "CERTIFICATE_VERIFY_FAILED"


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


@check("a client's log")
def unknown_authority(log: object) -> str:
    """Check 06-nginx-tls: a client that knows no authority which signed the server's certificate.

    Args:
        log: The client's log.

    Returns:
        The verdict.
    """
    code, details = only_failure(log)
    if UNVERIFIED in details:
        return f"{code}: the handshake ended over the certificate ({UNVERIFIED}), before any RPC was sent."
    if "Peer name" in details:
        raise WrongAnswer(
            f"The certificate was accepted and only the name was not: {shortened(details)} Leave the root "
            "certificates out, and give --authority the Ingress's host."
        )
    raise WrongAnswer(
        f"{code}, but not over a certificate: {shortened(details)} Is --tls given, and port tls=True?"
    )
