"""Measurements as a table, and the machine they were made on."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Args:
        what: what was measured.
        samples: one number for each run.
        unit: theirs.
        goal: what they should reach, in words.
    """

    what: str
    samples: Sequence[float]
    unit: str
    goal: str = ""

    def row(self) -> str:
        """The line, in Markdown."""
        ordered = sorted(self.samples)
        middle, worst = statistics.median(ordered), ordered[-1]
        high = statistics.quantiles(ordered, n=20)[-1] if len(ordered) >= 20 else worst
        cells = [self.what, *map(_short, (middle, high, worst)), self.unit, str(len(ordered)), self.goal]
        return f"| {' | '.join(cells)} |"


HEAD = "| what | median | 95 % | worst | unit | runs | goal |\n|---|---:|---:|---:|---|---:|---|"


def timed(run: Callable[[], object], times: int) -> list[float]:
    """Seconds of each run."""
    found = []
    for _ in range(times):
        begun = perf_counter()
        run()
        found.append(perf_counter() - begun)
    return found


def milliseconds(seconds: Sequence[float]) -> list[float]:
    """Seconds in the unit of requests."""
    return [1000 * one for one in seconds]


def machine() -> str:
    """The machine in a sentence, and how busy it is."""
    text = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = models[0] if models else platform.machine()
    return (
        f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}; {load()}"
    )


def load() -> str:
    """How busy the machine is with everything that runs on it."""
    return "load average {:.1f} (1 min), {:.1f} (5 min)".format(*os.getloadavg())


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.2g}" if number < 10 else f"{number:.1f}"
