"""What the notebooks import: everything a lesson needs that is not its subject.

Each function hides what an earlier notebook showed by hand, or what no lesson is about (waiting,
certificates). Helpers talk to an API server through the official client, to whatever cluster the lab is on;
only ``helpers.cluster`` knows of the local one. What a notebook may use is listed here.
"""

from __future__ import annotations

from helpers import exercises, trouble
from helpers.arrivals import arrival, read_records, scale, seconds_to_new_pod, watch_arrival
from helpers.beginning import reset
from helpers.collect import collect_greetings
from helpers.controller import controller_images, controller_log
from helpers.deploy import apply, delete, wait_ready
from helpers.environment import check_environment
from helpers.errors import LabError
from helpers.failures import failures_by_client
from helpers.faults import failures_by_fault, play_faults
from helpers.findings import save_findings, spread
from helpers.gateways import gateway_classes, gateway_conditions, set_rules
from helpers.ingress import ingress_classes, ingress_endpoint
from helpers.lab import Lab, connect
from helpers.load import Heard, hear, mark
from helpers.logs import parse_greetings
from helpers.measure import measure_greetings, parse_measured, read_measured
from helpers.nginx import ask_nginx
from helpers.nodes import node_names
from helpers.plots.arrivals import plot_arrival
from helpers.plots.connections import plot_connections
from helpers.plots.distribution import plot_comparison, plot_distribution
from helpers.plots.latency import plot_latency
from helpers.plots.repeats import plot_repeats
from helpers.plots.show import show
from helpers.plots.timeline import plot_timeline
from helpers.plots.topology import plot_topology
from helpers.plots.variants import plot_variants
from helpers.plots.ways import plot_ways
from helpers.pods import run_once, server_pods
from helpers.proxies import proxy_hosts
from helpers.reach import reach_ingress, reach_pod
from helpers.rollouts import roll_out
from helpers.stats import effective_pods, jain, shares, summary

__all__ = [
    "Heard",
    "Lab",
    "LabError",
    "apply",
    "arrival",
    "ask_nginx",
    "check_environment",
    "collect_greetings",
    "connect",
    "controller_images",
    "controller_log",
    "delete",
    "effective_pods",
    "exercises",
    "failures_by_client",
    "failures_by_fault",
    "gateway_classes",
    "gateway_conditions",
    "hear",
    "ingress_classes",
    "ingress_endpoint",
    "jain",
    "mark",
    "measure_greetings",
    "node_names",
    "parse_greetings",
    "parse_measured",
    "play_faults",
    "plot_arrival",
    "plot_comparison",
    "plot_connections",
    "plot_distribution",
    "plot_latency",
    "plot_repeats",
    "plot_timeline",
    "plot_topology",
    "plot_variants",
    "plot_ways",
    "proxy_hosts",
    "reach_ingress",
    "reach_pod",
    "read_measured",
    "read_records",
    "reset",
    "roll_out",
    "run_once",
    "save_findings",
    "scale",
    "seconds_to_new_pod",
    "server_pods",
    "set_rules",
    "shares",
    "show",
    "spread",
    "summary",
    "wait_ready",
    "watch_arrival",
]

trouble.install()
