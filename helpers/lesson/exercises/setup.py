"""The exercise of 00-setup."""

from __future__ import annotations

import errno
import os

from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import only_failure, pod_addresses, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check

LISTENS = ":50051"


@check("a client's log and, as text, some of its words")
def nobody_listens(lab: Lab, log: object, system_words: object) -> str:
    """Check 00-setup, 0.6: a port of a pod where nobody listens, and whose words the error is made of.

    Args:
        lab: Where.
        log: The log of a client that dialled such a port.
        system_words: Those of its words that the operating system wrote.

    Returns:
        The verdict.
    """
    code, details = only_failure(log)
    if code != "UNAVAILABLE":
        raise WrongAnswer(
            f"The greeting failed with {code} ({shortened(details)}). A refused connection is "
            "reported at once, and with another code; give it a longer --deadline."
        )
    tried = next((address for address in pod_addresses(lab) if f"{address}:" in details), None)
    if tried is None:
        raise WrongAnswer(
            f"The client tried no pod of the greeter that runs now ({shortened(details)}); their addresses: "
            f"{', '.join(pod_addresses(lab)) or 'none'}."
        )
    if f"{tried}{LISTENS}" in details:
        raise WrongAnswer(
            f"{tried}{LISTENS} is where the greeter itself listens, and it did not answer this time; "
            "take another port."
        )
    return _whose(str(system_words).strip(" .\"'"), details)


def _whose(words: str, details: str) -> str:
    known = {os.strerror(number).lower(): number for number in errno.errorcode}
    if not words or words.lower() not in details.lower():
        raise WrongAnswer(f'The words "{words}" are not in the error, which ends: {shortened(details)}')
    if words.lower() not in known:
        raise WrongAnswer(
            f'"{words}" is not, word for word, a message of the operating system; those are what '
            "os.strerror(number) returns, such as the one for errno.ETIMEDOUT: "
            f'"{os.strerror(errno.ETIMEDOUT)}".'
        )
    name = errno.errorcode[known[words.lower()]]
    return f"\"{words}\" is the operating system's ({name}); UNAVAILABLE and everything between are gRPC's."
