"""What the notebooks import: everything a lesson needs that is not its subject.

Each function hides what an earlier notebook showed by hand, or what no lesson is about (waiting,
certificates). Helpers talk to an API server through the official client, to whatever cluster the lab is on;
only ``helpers.lab.cluster`` knows of the local one.

What a notebook may use is listed here, by package, in the order in which a lesson needs it.
"""

from __future__ import annotations

from helpers.deploy.gateways import gateway_classes, gateway_conditions, set_rules
from helpers.deploy.ingress import ingress_classes, ingress_endpoint, reach_ingress
from helpers.deploy.variants import apply, delete, wait_ready
from helpers.experiments.faults import failures_by_fault, play_faults, seconds_to_reuse
from helpers.experiments.rollouts import roll_out
from helpers.experiments.scaling import scale, watch_arrival
from helpers.lab import kubectl, proxies
from helpers.lab.connection import connect
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.port_forward import reach_pod
from helpers.lesson import cell_errors, exercises, pod_magic
from helpers.lesson.environment import check_environment
from helpers.lesson.findings import measured, save_findings
from helpers.lesson.reset import reset
from helpers.observe.arrivals import read_records, seconds_to_new_pod
from helpers.observe.collection import collect_greetings
from helpers.observe.controller import controller_images, controller_log
from helpers.observe.envoy import proxy_hosts
from helpers.observe.events import events
from helpers.observe.greetings import parse_greetings
from helpers.observe.latency import (
    added_ms,
    measure_at_once,
    measure_greetings,
    parse_measured,
    read_measured,
)
from helpers.observe.nginx import ask_nginx
from helpers.observe.pods import run_once, server_pods
from helpers.observe.recording import Heard, hear, mark
from helpers.observe.stats import effective_pods, failures_by_client, jain, shares, summary
from helpers.plots.arrivals import plot_arrival
from helpers.plots.connections import plot_connections
from helpers.plots.distribution import plot_comparison, plot_distribution
from helpers.plots.events import plot_events
from helpers.plots.latency import plot_latency
from helpers.plots.repeats import plot_repeats
from helpers.plots.show import show
from helpers.plots.timeline import plot_timeline
from helpers.plots.topology import plot_topology
from helpers.plots.variants import plot_variants
from helpers.plots.ways import plot_ways

__all__ = [  # noqa: RUF022 - in the order in which a lesson needs them
    # lab: where we are
    "connect",
    "Lab",
    "LabError",
    "reach_pod",
    # deploy: bring manifests to the cluster
    "apply",
    "wait_ready",
    "delete",
    "ingress_classes",
    "ingress_endpoint",
    "reach_ingress",
    "gateway_classes",
    "gateway_conditions",
    "set_rules",
    # observe: from logs and proxies to data frames
    "server_pods",
    "run_once",
    "parse_greetings",
    "collect_greetings",
    "parse_measured",
    "measure_greetings",
    "read_measured",
    "measure_at_once",
    "added_ms",
    "mark",
    "hear",
    "Heard",
    "read_records",
    "seconds_to_new_pod",
    "proxy_hosts",
    "ask_nginx",
    "controller_images",
    "controller_log",
    # observe: statistics
    "shares",
    "effective_pods",
    "jain",
    "summary",
    "failures_by_client",
    "events",
    # plots
    "show",
    "plot_topology",
    "plot_ways",
    "plot_distribution",
    "plot_comparison",
    "plot_variants",
    "plot_timeline",
    "plot_connections",
    "plot_latency",
    "plot_arrival",
    "plot_repeats",
    "plot_events",
    # experiments: do something to the pods
    "scale",
    "watch_arrival",
    "roll_out",
    "play_faults",
    "failures_by_fault",
    "seconds_to_reuse",
    # lesson: what belongs to the page
    "check_environment",
    "exercises",
    "save_findings",
    "measured",
    "reset",
]

kubectl.put_on_path()
proxies.spare_loopback()
cell_errors.install()
pod_magic.install()
