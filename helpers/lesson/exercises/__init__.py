"""Checks a reader's answer to an exercise: the answer goes in, a sentence comes out.

One function per exercise, in the module named after its notebook. A check reads what the reader measured and
what the cluster says now; it knows no pod's name, no address and no number beforehand. It never raises.
"""

from __future__ import annotations

from helpers.lesson.exercises.clusterip import service_reaches
from helpers.lesson.exercises.compare import client_fixed, more_even, pinned_sum
from helpers.lesson.exercises.envoy import envoy_balances, simplify_envoy
from helpers.lesson.exercises.failure import hang_avoided
from helpers.lesson.exercises.gateways import routed_by_header
from helpers.lesson.exercises.headless import all_pods_reached
from helpers.lesson.exercises.ingress import ingress_serves, tidy_ingress
from helpers.lesson.exercises.policies import failing_pod_ejected
from helpers.lesson.exercises.rollout import nothing_cut
from helpers.lesson.exercises.scaling import new_pod_used
from helpers.lesson.exercises.setup import nobody_listens
from helpers.lesson.exercises.streams import silent_stream_lives
from helpers.lesson.exercises.tls import tls_client_works
from helpers.lesson.exercises.verdict import Verdict
from helpers.lesson.exercises.xds import fair_weights

__all__ = [
    "Verdict",
    "all_pods_reached",
    "client_fixed",
    "envoy_balances",
    "failing_pod_ejected",
    "fair_weights",
    "hang_avoided",
    "ingress_serves",
    "more_even",
    "new_pod_used",
    "nobody_listens",
    "nothing_cut",
    "pinned_sum",
    "routed_by_header",
    "service_reaches",
    "silent_stream_lives",
    "simplify_envoy",
    "tidy_ingress",
    "tls_client_works",
]
