"""What the programs of the control plane refuse."""

from __future__ import annotations


class ControlPlaneError(Exception):
    """A command cannot do what it was asked to; the message is one sentence that says what to do next."""
