"""``python -m helpers.report.measure``: repeat every event of the second course, and keep all of them.

A run of the notebooks makes each event once or twice. This runs them again and again, one at a time so that
none measures another, and keeps what each run saved. A run that was interrupted goes on where it was. The
ranges that charts and findings show come from here.

Exit status: 0 all runs are there; 1 a notebook failed or the cluster could not be started; 2 wrong usage;
128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from helpers.lesson.findings import MEASURES, all_measured, measured_on
from helpers.observe.events import LEAST, over_events
from helpers.report import course, stage
from helpers.report.conclusions import conclusions
from helpers.report.conditions import conditions
from helpers.report.findings import Results, read_results
from helpers.report.production import KINDS, NEVER
from helpers.report.site import write_text

# What has no events: streams are assigned once, and their shares are counted, not timed.
NOTEBOOKS = ("01-scaling", "02-rollout", "03-failure", "05-envoy-policies", "06-gateway-api", "07-xds")
RUNS = 8
# What must be alike for two runs to be repeats of each other.
ALIKE = ("Cluster", "Kubernetes", "Python", "gRPC", "nginx", "Envoy", "Machine")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return stage.exit_status(lambda: _measure(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.report.measure",
        description="Repeat every event of the second course and write measured.json and measured.html. "
        "What is there already is not run again.",
    )
    parser.add_argument(
        "--runs",
        type=stage.positive,
        default=RUNS,
        help=f"at least {LEAST} to compare (default: {RUNS})",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("reports"), metavar="DIR", help="where everything goes"
    )
    return parser


def _measure(options: argparse.Namespace) -> int:
    folder = options.output / "measured"
    left = [
        (run, name)
        for run in range(1, options.runs + 1)
        for name in NOTEBOOKS
        if not _saved(folder, run, name).exists()
    ]
    if left and not _run(folder, left):
        return 1
    path = write(options.output, [folder / str(run) for run in range(1, options.runs + 1)])
    print(f"{options.runs} runs of {len(NOTEBOOKS)} notebooks: {path}, {path.with_suffix('.html')}")  # noqa: T201
    return 0


def _saved(folder: Path, run: int, name: str) -> Path:
    """Where what a notebook saved in a run is kept; its conditions are a folder up, under the same name."""
    return folder / str(run) / "results" / f"{name}.json"


def _run(folder: Path, left: Sequence[tuple[int, str]]) -> bool:
    """Run what is left; a notebook that fails ends it, and what was measured before stays."""
    with stage.cluster() as environment, tqdm(total=len(left), unit="notebook", disable=None) as bar:
        for run, name in left:
            bar.set_description(f"run {run}, {name}")
            kept = _saved(folder, run, name)
            kept.parent.mkdir(parents=True, exist_ok=True)
            started, clock = datetime.now(UTC), time.monotonic()
            paths = course.find_notebooks(course.NOTEBOOKS, [name], parts=course.COURSES[course.PRODUCTION])
            with tempfile.TemporaryDirectory(
                prefix="grpc-lab-measure-", ignore_cleanup_errors=True
            ) as scratch:
                (outcome,) = course.run_course(paths, Path(scratch), environment=environment, say=bar.write)
                if outcome.failure:
                    bar.write(f"\nFAILED {outcome.failure}\nThe same command goes on from here.")
                    return False
                made = Path(scratch) / "results"
                facts = conditions(
                    read_results(made, [name]).cluster,
                    local=stage.uses_own_cluster(),
                    started=started,
                    seconds=time.monotonic() - clock,
                )
                # Last, because what is kept is not measured again.
                (kept.parents[1] / kept.name).write_text(json.dumps(dict(facts), indent=1), encoding="utf-8")
                _keep(made / kept.name, kept)
            bar.update()
    return True


def _keep(made: Path, kept: Path) -> None:
    """Copy a notebook's numbers, whole or not at all; a skipped one saved none, which is kept as well."""
    part = kept.with_suffix(".part")
    part.write_text(made.read_text(encoding="utf-8") if made.exists() else "{}", encoding="utf-8")
    part.replace(kept)


def write(output: Path, runs: Sequence[Path]) -> Path:
    """Write ``measured.json`` and ``measured.html``.

    Args:
        output: Their folder.
        runs: A folder for each run: what its notebooks saved in ``results``, and the conditions of each.

    Returns:
        The path of ``measured.json``: ``conditions``, and in ``measures`` by measure and setting the events.

    Raises:
        CourseError: Runs were made on different versions or machines.
    """
    facts = _conditions(runs)
    each = [read_results(run / "results", NOTEBOOKS) for run in runs]
    measures = {name: found for name in MEASURES if (found := _joined(each, name))}
    path = output / "measured.json"
    path.write_text(_lines({"conditions": facts, "measures": measures}), encoding="utf-8")
    write_text(path.with_suffix(".html"), page(path))
    return path


def page(path: Path) -> str:
    """Return what ``measured.json`` holds as Markdown: findings, then a table for each measure."""
    facts = "\n".join(f"- {name}: {value}" for name, value in measured_on(path).items())
    frames = all_measured(path)
    said = [f"**{one.case}.** {one.sentence} *{one.conditions}*" for one in conclusions(Results(), frames)]
    tables = [_table(name, frame) for name, frame in frames.items() if len(frame)]
    head = (
        "# Every event of the second course, repeated\n\nClients that watch one event are its observers. A "
        "number is that of the observer for whom the event was worst; ranges are over events."
    )
    return "\n\n".join([head, facts, "## Findings", *said, "## Numbers", *tables])


def _table(name: str, observed: pd.DataFrame) -> str:
    kind = KINDS[name]
    columns = f"| setting | events | {NEVER} | least | median | greatest |"
    head = f"### {kind.title}\n\n{columns}\n|---|--:|--:|--:|--:|--:|"
    rows = [
        f"| {setting} | {found.events} | {found.unseen} | "
        + " | ".join(
            f"{value:.{kind.digits}f}" if found.seen else ""
            for value in (found.low, found.median, found.high)
        )
        + " |"
        for setting, found in over_events(observed).items()
    ]
    return "\n".join([head, *rows])


def _conditions(runs: Sequence[Path]) -> dict[str, str]:
    found = [
        json.loads(path.read_text(encoding="utf-8")) for run in runs for path in sorted(run.glob("*.json"))
    ]
    for name in ALIKE:
        if len(values := {one.get(name, "") for one in found}) > 1:
            raise course.CourseError(
                f"The runs in {runs[0].parent} differ in {name}: {', '.join(sorted(values))}. They are no "
                "repeats of each other; move the folder away and measure again."
            )
    alike = {name: found[0][name] for name in ALIKE if name in found[0]}
    return {**alike, "Started": min(one["Started"] for one in found), "Runs": str(len(runs))}


def _joined(each: Sequence[Results], name: str) -> dict[str, list[list[float | None]]]:
    """The events of all runs, by setting; each run's are new ones."""
    joined: dict[str, list[list[float | None]]] = {}
    for results in each:
        for one in results.measures:
            if one.name == name:
                joined.setdefault(one.label, []).extend([*event] for event in one.events)
    return joined


def _lines(saved: dict[str, Any]) -> str:
    """JSON with a line for each setting, so that a change of one is a change of one line."""
    measures = [
        f"  {json.dumps(name)}: {{\n"
        + ",\n".join(f"   {json.dumps(setting)}: {json.dumps(events)}" for setting, events in each.items())
        + "\n  }"
        for name, each in saved["measures"].items()
    ]
    body = ",\n".join(measures)
    return f'{{\n "conditions": {json.dumps(saved["conditions"])},\n "measures": {{\n{body}\n }}\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
