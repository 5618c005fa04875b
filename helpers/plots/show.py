"""Put a chart into the notebook, with its words."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Mapping

import matplotlib as mpl
from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.lab.errors import LabError
from helpers.plots.style import description

# Sharp on screens with two dots per CSS pixel, of which there are 96 to the inch.
DPI, CSS_DPI = 192, 96


def show(chart: Axes | Figure) -> None:
    """Display a chart with its alternative text, and close its figure.

    With ``LAB_FIGURES=svg`` in the environment a vector copy goes beside the picture, for print.

    Args:
        chart: What a plot function returned.
    """
    figure = figure_of(chart)
    data, metadata = bundle(figure)
    if get_ipython() is None:
        print(data["text/plain"])  # noqa: T201 - a plain interpreter has no pictures
        return
    display(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]


def figure_of(chart: Axes | Figure) -> Figure:
    """Return the figure of what a plot function returned.

    Raises:
        LabError: There is none any more.
    """
    figure = chart if isinstance(chart, Figure) else chart.get_figure(root=True)
    if figure is None:
        raise LabError("These Axes have been removed from their figure; draw the chart again.")
    return figure


def bundle(figure: Figure) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
    """Return a figure in the forms that a notebook can show, and what it says of them; closes the figure."""
    text = description(figure)
    pictures = {"image/png": base64.b64encode(png(figure)).decode("ascii")}
    if os.environ.get("LAB_FIGURES") == "svg":
        pictures["image/svg+xml"] = svg(figure)
    plt.close(figure)
    width, height = (round(inches * CSS_DPI) for inches in figure.get_size_inches())
    told: dict[str, object] = {"alt": text, "width": width, "height": height}
    words = {"text/html": _tag(pictures["image/png"], told), "text/plain": text}
    return {**pictures, **words}, dict.fromkeys(pictures, told)


def _tag(data: str, told: Mapping[str, object]) -> str:
    """Return the picture as HTML: nbconvert gives a bare PNG no alternative text, whatever its metadata."""
    attributes = " ".join(f'{name}="{html.escape(str(value))}"' for name, value in told.items())
    return f'<img src="data:image/png;base64,{data}" {attributes} style="max-width: 100%; height: auto">'


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file, on white whatever the page's colour is."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return buffer.getvalue()


def svg(figure: Figure) -> str:
    """Return a figure as SVG whose letters are drawn, so that it looks the same without its font."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "grpc-lab"}):
        figure.savefig(buffer, format="svg", facecolor="white", metadata={"Date": None})
    return buffer.getvalue()
