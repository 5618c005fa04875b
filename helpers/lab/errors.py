"""What goes wrong in a lab, as one sentence that names the object and says what to do next."""

from __future__ import annotations

import json

from kubernetes.client import ApiException


class LabError(Exception):
    """Something in the lab is not as it must be; the message is a sentence for whoever runs the notebook.

    The technical cause is chained (``__cause__``) and not shown: in a notebook the sentence stands alone.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in the place of a traceback."""
        return [f"LabError: {self}"]


class MissingError(LabError):
    """The cluster lacks what a lesson is about, such as an ingress controller.

    A notebook that raises it has not failed: the report marks it as skipped, and nothing of it is saved.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in the place of a traceback."""
        return [f"Not available on this cluster: {self}"]


def refusal(error: ApiException) -> str:
    """Return on one line why the API server refused a request: its words, or the right that is missing."""
    if isinstance(error, LabError):
        return str(error)
    try:
        told = str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        told = str(error.reason or "no reason given").strip()
    return " ".join(told.split())
