"""``python -m helpers.report``: run the course and write the report.

Exit status: 0 all notebooks ran; 1 one failed or the cluster could not be started; 2 wrong usage;
128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from helpers.report import course, stage
from helpers.report.conditions import conditions
from helpers.report.findings import Results, read_results
from helpers.report.runner import Outcome
from helpers.report.site import write_report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return stage.exit_status(lambda: _report(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.report",
        description="Run the notebooks on a cluster made for it and write one page each, and an overview.",
        epilog="With LAB_CONTEXT set, that cluster is used instead and none is started.",
    )
    parser.add_argument("names", nargs="*", help="notebooks to run, such as 01-clusterip (default: all)")
    parser.add_argument(
        "--course", choices=course.COURSES, default="both", help="which of the two (default: both)"
    )
    parser.add_argument(
        "--notebooks", type=Path, default=course.NOTEBOOKS, metavar="DIR", help="where they are"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("reports"), metavar="DIR", help="where the pages go"
    )
    parser.add_argument(
        "--jobs",
        type=stage.positive,
        default=course.JOBS,
        help=f"notebooks at a time (default: {course.JOBS}; one where LAB_NAMESPACE is set)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=course.CELL_TIMEOUT,
        metavar="SECONDS",
        help="for one cell (default: 180)",
    )
    return parser


def _report(options: argparse.Namespace) -> int:
    parts = course.COURSES[options.course]
    paths = course.find_notebooks(options.notebooks, options.names, parts=parts)
    _make_folder(options.output)
    started, clock = datetime.now(UTC), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grpc-lab-report-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        with stage.cluster() as environment:
            outcomes = course.run_course(
                paths, scratch, environment=environment, timeout=options.timeout, jobs=options.jobs
            )
        results = read_results(scratch / "results", [path.stem for path in paths])
    facts = conditions(
        results.cluster, local=stage.uses_own_cluster(), started=started, seconds=time.monotonic() - clock
    )
    index = write_report(options.output, outcomes, results, facts, notebooks=options.notebooks)
    _save_findings(options.output, results, facts)
    return _conclude(index, outcomes)


def _make_folder(output: Path) -> None:
    """Find out before the run, not after it, that nothing can be written."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise course.CourseError(f"No pages can be written to {output}: {reason}; try --output.") from error


def _save_findings(output: Path, results: Results, facts: Sequence[tuple[str, str]]) -> None:
    """Keep the numbers beside the pages, for whoever wants to compare two runs."""
    saved = {
        "conditions": dict(facts),
        "findings": [asdict(finding) for finding in results.findings],
        "measures": [asdict(measure) for measure in results.measures],
    }
    (output / "findings.json").write_text(json.dumps(saved, indent=1), encoding="utf-8")


def _conclude(index: Path, outcomes: Sequence[Outcome]) -> int:
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    print(f"{len(outcomes)} pages, overview: {index}")  # noqa: T201
    for failure in failures:
        _complain(f"\nFAILED {failure}")
    return 1 if failures else 0


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
