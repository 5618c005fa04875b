"""Checks a reader's answer to an exercise: the answer goes in, a sentence comes out.

One function per exercise, in the module named after its notebook. A check reads what the reader measured and
what the cluster says now; it knows no pod's name, no address and no number beforehand. It never raises.
"""

from __future__ import annotations

from helpers.lesson.exercises.clusterip import client_moved
from helpers.lesson.exercises.compare import more_even, pinned_sum
from helpers.lesson.exercises.envoy import own_time
from helpers.lesson.exercises.failure import left_out
from helpers.lesson.exercises.gateways import routed_by_header
from helpers.lesson.exercises.headless import no_service, unknown_policy
from helpers.lesson.exercises.ingress import turn_by_turn
from helpers.lesson.exercises.policies import weighted_share
from helpers.lesson.exercises.rollout import nothing_cut
from helpers.lesson.exercises.scaling import longest_wait
from helpers.lesson.exercises.setup import nobody_listens
from helpers.lesson.exercises.streams import luck
from helpers.lesson.exercises.tls import redirected, refused_certificate
from helpers.lesson.exercises.verdict import Verdict
from helpers.lesson.exercises.xds import fair_weights

__all__ = [
    "Verdict",
    "client_moved",
    "fair_weights",
    "left_out",
    "longest_wait",
    "luck",
    "more_even",
    "no_service",
    "nobody_listens",
    "nothing_cut",
    "own_time",
    "pinned_sum",
    "redirected",
    "refused_certificate",
    "routed_by_header",
    "turn_by_turn",
    "unknown_policy",
    "weighted_share",
]
