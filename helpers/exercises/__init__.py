"""Checks a reader's answer to an exercise: the answer goes in, a sentence comes out.

One function per exercise, in the module named after its notebook. A check reads what the reader measured and
what the cluster says now; it knows no pod's name, no address and no number beforehand. It never raises.
"""

from __future__ import annotations

from helpers.exercises.headless import no_service, unknown_policy
from helpers.exercises.setup import nobody_listens
from helpers.exercises.tls import redirected, unknown_authority
from helpers.exercises.verdict import Verdict

__all__ = ["Verdict", "no_service", "nobody_listens", "redirected", "unknown_authority", "unknown_policy"]
