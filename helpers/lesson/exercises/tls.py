"""The exercise of 06-nginx-tls."""

from __future__ import annotations

from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import replies_of, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.pods import server_pods

ENOUGH = 12
# Words of BoringSSL, which gRPC is built with, and (the last) of gRPC's own check after the handshake.
MISSING = {
    "local issuer certificate": "The client does not trust the authority that signed the certificate. Which "
    "certificate the server presents depends on the host that the client names; which authorities the client "
    "trusts depends on its root certificates.",
    "self signed": "This is nginx's own certificate, which it shows for a host that it does not know.",
    "self-signed": "This is nginx's own certificate, which it shows for a host that it does not know.",
    "Hostname Verification Check failed": "The certificate is for another name than the one it expects.",
}


@check("what the client printed, as text")
def tls_client_works(lab: Lab, log: object) -> str:
    """Check 06-nginx-tls, 6.8: a client whose calls are answered through a TLS port.

    Args:
        lab: Where.
        log: What the client printed: one reply, or the details of one failure, per line.

    Returns:
        The verdict.
    """
    counts = replies_of(log)
    if counts.total() < ENOUGH:
        last = shortened(str(log).strip().splitlines()[-1])
        hint = next((hint for words, hint in MISSING.items() if words in str(log)), "")
        raise WrongAnswer(f"{counts.total()} of {ENOUGH} calls were answered: {last} {hint}".rstrip())
    if strange := counts.keys() - set(server_pods(lab)):
        raise WrongAnswer(f"{min(strange)} answered and is no pod of this lab; run the client again.")
    return f"{counts.total()} calls were answered by {len(counts)} pods, through TLS."
