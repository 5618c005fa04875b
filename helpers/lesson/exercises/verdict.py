"""What a check says, and how a function becomes a check."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from kubernetes.client import ApiException

from helpers.lab.errors import LabError, refusal

Given = ParamSpec("Given")
OPENINGS = {True: "✓ Right.", False: "✗ Not yet.", None: "… No answer yet."}


class WrongAnswer(Exception):  # noqa: N818 - carries a sentence to the verdict; never leaves a check
    """Raised inside a check: what is wrong with the answer, and where to look."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found.

    Attributes:
        right: Whether the answer is right; None where there is none yet, or nothing could be checked.
        sentence: What is right about it, or what is wrong and where to look.
    """

    right: bool | None
    sentence: str

    def __repr__(self) -> str:
        return f"{OPENINGS[self.right]} {self.sentence}"

    def _repr_html_(self) -> str:
        opening = html.escape(OPENINGS[self.right])
        return f"<p><strong>{opening}</strong> {html.escape(self.sentence)}</p>"


def check(expects: str) -> Callable[[Callable[Given, str]], Callable[Given, Verdict]]:
    """Make a check of a function that returns what is right, or raises ``WrongAnswer``.

    An argument that is still ``...`` is no answer yet. Whatever else the function raises is said as one
    sentence too: an answer may be anything at all.

    Args:
        expects: What the answer has to be, as the end of "the answer has to be ...".
    """

    def decorate(function: Callable[Given, str]) -> Callable[Given, Verdict]:
        @wraps(function)
        def checked(*args: Given.args, **kwargs: Given.kwargs) -> Verdict:
            if any(value is ... for value in (*args, *kwargs.values())):
                return Verdict(None, "Write it in the place of the dots, run that cell, then this one.")
            try:
                return Verdict(True, function(*args, **kwargs))
            except WrongAnswer as wrong:
                return Verdict(False, str(wrong))
            except (LabError, ApiException) as error:
                return Verdict(None, f"The cluster could not be asked: {refusal_of(error)}.")
            except Exception as error:  # an answer that no check foresaw
                kind = type(error).__name__
                return Verdict(
                    False, f"The answer has to be {expects}; this one cannot be read so ({kind}: {error})."
                )

        return checked

    return decorate


def refusal_of(error: LabError | ApiException) -> str:
    """Return a sentence without its full stop."""
    told = refusal(error) if isinstance(error, ApiException) else str(error)
    return told.rstrip(".")
