from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from matplotlib.patches import Rectangle

from helpers.report import chart
from tests.helpers.report.test_story import GOOD, finding

NGINX = [finding(variant, "06-nginx-tls") for variant in chart.STORY[-1]]


def test_a_bar_is_divided_by_shares_and_ends_with_what_failed() -> None:
    figure = chart.story_figure([chart.Row("one", {"demo-a": 0.5, "demo-b": 0.0, "demo-c": 0.25}, 0.25)])
    (axes,) = figure.axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [bar.get_x() for bar in bars] == pytest.approx([0.0, 0.5, 0.75])
    assert [bar.get_width() for bar in bars] == pytest.approx([0.5, 0.25, 0.25])
    assert bars[2].get_hatch() == "////"


def test_a_pod_has_one_look_in_a_chart_and_others_differ_without_colour_too() -> None:
    pods = ["a", "b", "c", "d"]
    looks = [chart._look(pod, pods) for pod in [*pods, chart.FAILED]]
    assert len({look["hatch"] for look in looks}) == len({look["facecolor"] for look in looks}) == 5


def test_five_charts_with_headings_captions_and_words() -> None:
    charts = chart.story_charts([finding(variant) for variant in GOOD], NGINX)
    assert [one.title.partition(":")[0] for one in charts] == [
        "ClusterIP", "Headless, gRPC's default", "Headless and round_robin", "nginx and Envoy",
        "4 ways through nginx",
    ]  # fmt: skip
    assert "client 1: pod a 100%; client 2: pod b 100%" in charts[0].alt
    assert charts[0].caption == "60 greetings, notebook 05-compare; none failed."
    assert charts[4].caption == "240 greetings, notebook 06-nginx-tls; 60 failed (UNAVAILABLE)."
    root = ElementTree.fromstring(base64.b64decode(charts[0].data))  # noqa: S314 - our own picture
    assert root.tag.endswith("svg")


def test_a_case_that_was_not_run_is_not_drawn() -> None:
    assert chart.story_charts([]) == []
    (only,) = chart.story_charts([finding("envoy"), finding("clusterip", client_shares=())])
    assert only.title == "Envoy: each client reaches all pods"
