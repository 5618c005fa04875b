"""Whether a person is there: to be asked, or to be shown a progress bar."""

from __future__ import annotations

import os
import sys

from IPython.core.getipython import get_ipython


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def attended() -> bool:
    """Whether somebody may be looking: a kernel or a terminal, and not the report's run."""
    if os.environ.get("LAB_RESULTS"):
        return False
    return in_notebook() or sys.stderr.isatty()


def ask(question: str) -> str | None:
    """Return the answer to a question, or None where nobody can be asked."""
    if not (in_notebook() or sys.stdin.isatty()):
        return None
    try:
        return input(question)
    except (EOFError, NotImplementedError):
        # NotImplementedError: IPython's word for a front end without input, such as nbconvert.
        return None
