"""A chart that grows: the same place in the notebook is drawn anew.

IPython replaces a display by its identity, and so does whoever saves the notebook: a page made of it has the
last frame.
"""

from __future__ import annotations

from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.plots.show import bundle, figure_of


class Live:
    """One place for one chart after the other."""

    def __init__(self) -> None:
        self._place: DisplayHandle | None = None

    def show(self, chart: Axes | Figure) -> None:
        """Put a chart where the last one was, and close its figure; outside a notebook it is not shown."""
        data, metadata = bundle(figure_of(chart))
        if get_ipython() is None:
            return
        if self._place is None:
            self._place = DisplayHandle()  # type: ignore[no-untyped-call]
            self._place.display(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
        else:
            self._place.update(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
