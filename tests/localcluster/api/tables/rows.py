"""The cells of a table's row."""

from typing import Any

from localcluster.api import tables
from localcluster.storage.resources import BY_KIND


def row(kind: str, **obj: Any) -> list[Any]:
    """The cells of an object named demo."""
    table = tables.table(BY_KIND[kind], [{"metadata": {"name": "demo"}, **obj}], {}, "None")
    cells: list[Any] = table["rows"][0]["cells"]
    return cells
