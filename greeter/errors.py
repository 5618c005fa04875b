"""What the greeter refuses."""

from __future__ import annotations


class GreeterError(Exception):
    """A command cannot do what it was asked to; the message is one sentence that says what to do next."""
