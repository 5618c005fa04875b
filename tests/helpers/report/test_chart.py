from __future__ import annotations

import base64
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from helpers.report import chart
from tests.helpers.report.test_story import finding


def test_bars_are_means_and_dots_are_clients() -> None:
    figure = chart.comparison_figure([finding("clusterip", per_client=(1.0, 2.0)), finding("envoy")])
    (axes,) = figure.axes
    bars = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert bars == pytest.approx([1.5, 3.0])
    dots = [np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [[1.0, 2.0], [3.0, 3.0]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["ClusterIP Service", "Envoy proxy"]


def test_words_for_who_does_not_see_it() -> None:
    drawn = chart.draw([finding("clusterip"), finding("ingress-plaintext-legacy")])
    assert drawn is not None
    assert "ClusterIP Service: 1.0 and 1.0" in drawn.alt
    assert "all 60 greetings failed" in drawn.alt
    root = ElementTree.fromstring(base64.b64decode(drawn.data))  # noqa: S314 - our own picture
    assert root.tag.endswith("svg")


def test_nothing_to_compare_no_chart() -> None:
    assert chart.draw([]) is None
    assert chart.draw([finding("clusterip", per_client=())]) is None
