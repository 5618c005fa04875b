"""Progress of a wait: a bar while somebody looks on, nothing where the output is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from helpers.lab.prompt import attended


@contextmanager
def bar(total: int, what: str, unit: str) -> Iterator[Callable[[int], None]]:
    """Show a progress bar for the time of a ``with`` block.

    Args:
        total: The count at which the wait is over.
        what: What is waited for.
        unit: What is counted.

    Yields:
        A function that takes the count reached so far.
    """
    # Gone at the end: an output cell keeps results, not the way to them.
    with tqdm(total=total, desc=what, unit=f" {unit}", leave=False, disable=not attended()) as shown:

        def reached(count: int) -> None:
            shown.update(min(count, total) - shown.n)

        yield reached
