"""``python -m helpers.handout pdf|slides``: run the course, and make what is printed or shown of it.

Exit status: 0 all was made; 1 a notebook failed or something could not be made; 2 wrong usage;
128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from helpers import LabError
from helpers.handout.attendee import write_attendee
from helpers.handout.lesson import HandoutError, read_lesson
from helpers.handout.paper import Pictures, to_typst, write_pdf
from helpers.handout.slides import write_slides
from helpers.handout.trainer import write_trainer
from helpers.report import course, stage
from helpers.report.runner import Outcome, load
from helpers.report.story import QUESTION

PAPERS = {
    "handout": ("Handout", write_attendee),
    "trainer": ("Trainer's guide, with solutions", write_trainer),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    with stage.signals_as_interrupt() as seen:
        try:
            return _make(options)
        except (LabError, course.CourseError, HandoutError) as error:
            print(error, file=sys.stderr)  # noqa: T201
            return 1
        except KeyboardInterrupt:
            print("Interrupted; nothing was written.", file=sys.stderr)  # noqa: T201
            return 128 + (seen[0] if seen else signal.SIGINT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.handout",
        description="Run the notebooks and make handout.pdf and trainer.pdf (pdf), or slides/ (slides).",
        epilog="With LAB_CONTEXT set, that cluster is used instead of one made for the run.",
    )
    parser.add_argument("what", nargs="+", choices=("pdf", "slides"), help="what to make")
    parser.add_argument(
        "--notebooks", type=Path, default=course.NOTEBOOKS, metavar="DIR", help="where they are"
    )
    parser.add_argument("--output", type=Path, default=Path("reports"), metavar="DIR", help="where it goes")
    parser.add_argument(
        "--executed",
        type=Path,
        metavar="DIR",
        help="use the executed notebooks in DIR; where it has none, run them and keep them there",
    )
    return parser


def _make(options: argparse.Namespace) -> int:
    notebooks = _executed(options)
    options.output.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    if "pdf" in options.what:
        made += _papers(options.output, notebooks)
    if "slides" in options.what:
        made.append(write_slides(options.output / "slides", notebooks, folder=options.notebooks))
    print("\n".join(str(path) for path in made))  # noqa: T201
    return 0


def _executed(options: argparse.Namespace) -> dict[str, Any]:
    """Return the executed notebooks by name: kept ones if there are any, else of a run made now.

    Raises:
        HandoutError: A notebook of the run failed: what is printed must be whole.
    """
    kept = options.executed
    if kept is not None and list(kept.glob("*.ipynb")):
        return {path.stem: load(path) for path in course.find_notebooks(kept)}
    outcomes = _run(course.find_notebooks(options.notebooks))
    if failures := [outcome.failure for outcome in outcomes if outcome.failure]:
        raise HandoutError("\n\n".join(f"FAILED {failure}" for failure in failures))
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    for outcome in outcomes:
        outcome.notebook.metadata["run"] = now
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
            nbformat.write(outcome.notebook, kept / f"{outcome.name}.ipynb")  # type: ignore[no-untyped-call]
    return {outcome.name: outcome.notebook for outcome in outcomes}


def _run(paths: Sequence[Path]) -> list[Outcome]:
    with (
        tempfile.TemporaryDirectory(prefix="grpc-lab-handout-", ignore_cleanup_errors=True) as scratch,
        stage.cluster() as environment,
    ):
        return course.run_course(paths, Path(scratch), environment={**environment, "LAB_FIGURES": "svg"})


def _papers(output: Path, notebooks: dict[str, Any]) -> list[Path]:
    lessons = [read_lesson(name, notebook) for name, notebook in notebooks.items()]
    ran = next(iter(notebooks.values())).metadata.get("run", "")
    made = []
    for name, (subtitle, write) in PAPERS.items():
        pictures = Pictures()
        document = to_typst(
            write(lessons, pictures),
            title=QUESTION,
            subtitle=subtitle,
            ran=f"From a run of {ran}" if ran else "From a run of the notebooks",
        )
        made.append(output / f"{name}.pdf")
        with tempfile.TemporaryDirectory(prefix="grpc-lab-handout-") as scratch:
            write_pdf(made[-1], document, pictures, Path(scratch))
    return made


if __name__ == "__main__":
    sys.exit(main())
