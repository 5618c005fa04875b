"""A million log lines to a table: ours, pandas' own way, and a loop. Each run is a process of its own.

``python -m benchmarks.logs lab|extract|loop`` is one run; it prints seconds and what memory it took at most.
"""

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pandas as pd

from benchmarks.figures import Figure
from helpers.observe.greetings import parse_greetings

LINES = 1_000_000
RUNS = 3
PODS = tuple(f"demo-5754bf6f97-{tail}" for tail in ("dgngm", "8x2kp", "q7zlw"))
NAMES = {
    "lab": "parse_greetings",
    "extract": "pandas str.extract and to_datetime",
    "loop": "a loop over the lines and to_datetime",
}
PATTERN = r'^(?P<time>\S+) \S+ \S+ Greeting: "(?P<server>[^"]*)" says: (?P<message>.*)$'


def figures() -> Iterator[Figure]:
    """Seconds and memory of both ways."""
    for way, name in NAMES.items():
        goals = ("<= 1", "<= 1024") if way == "lab" else ("", "")
        runs = [_run(way) for _ in range(RUNS)]
        yield Figure(f"1 million log lines, {name}", [run[0] for run in runs], "s", goals[0])
        yield Figure("its memory beside the text", [run[1] for run in runs], "MiB", goals[1])


def _run(way: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.logs", way]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    seconds, memory = json.loads(ended.stdout)
    return seconds, memory


def text() -> str:
    """What ``kubectl logs --timestamps`` would give: 20 greetings a second, 1 of 100 failed."""
    return "".join(map(_line, range(LINES)))


def _line(number: int) -> str:
    moment = time.gmtime(1_573_223_675 + number // 20)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{number % 20 * 50_000_000 + number % 1000:09}Z"
    own = time.strftime("%Y/%m/%d %H:%M:%S", moment)
    if number % 100 == 99:
        return f"{stamp} {own} Error: UNAVAILABLE: connection refused\n"
    return f'{stamp} {own} Greeting: "{PODS[number * 7 % 3]}" says: Hello world\n'


def extract(log: str) -> pd.DataFrame:
    """The straightforward way."""
    found = pd.Series(log.splitlines()).str.extract(PATTERN)
    found["time"] = pd.to_datetime(found["time"], format="ISO8601", utc=True)
    return found


def loop(log: str) -> pd.DataFrame:
    """Line by line, as one would write it first."""
    pattern, rows = re.compile(PATTERN), []
    for line in log.splitlines():
        found = pattern.match(line)
        rows.append(found.groups() if found else (line.partition(" ")[0], None, None))
    frame = pd.DataFrame(rows, columns=["time", "server", "message"])
    return frame.assign(time=pd.to_datetime(frame["time"], format="ISO8601", utc=True))


WAYS: dict[str, Callable[[str], pd.DataFrame]] = {"lab": parse_greetings, "extract": extract, "loop": loop}


def main(way: str) -> None:
    """One run."""
    parse, log = WAYS[way], text()
    parse(log[: log.index("\n", 10_000)])  # what pandas imports when it is used first
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    frame = parse(log)
    seconds = time.perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if len(frame) != LINES:
        raise RuntimeError(f"{len(frame)} of {LINES} lines")
    json.dump([seconds, grown / 1024], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
