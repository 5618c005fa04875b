"""``python -m helpers.handout pdf|slides``: run the course, and make what is printed or shown of it.

Exit status: 0 all was made; 1 a notebook failed or something could not be made; 2 wrong usage;
128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from helpers.handout.attendee import write_attendee
from helpers.handout.courses import COURSES, Course
from helpers.handout.lesson import HandoutError, Lesson, read_lesson
from helpers.handout.paper import Pictures, to_typst, write_pdf
from helpers.handout.slides import write_slides
from helpers.handout.trainer import write_trainer
from helpers.report import course, stage
from helpers.report.runner import Outcome, load

PAPERS = {
    "handout": ("Handout", write_attendee),
    "trainer": ("Trainer's guide, with solutions", write_trainer),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return stage.exit_status(lambda: _make(options), HandoutError)


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
    parser.add_argument(
        "--course", choices=course.COURSES, default="both", help="which of the two (default: both)"
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
    paths, notebooks = _executed(options)
    second = [path.stem for path in paths if course.part_of(path)]
    options.output.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    if "pdf" in options.what:
        lessons = [read_lesson(path.stem, notebooks[path.stem], course.part_of(path)) for path in paths]
        ran = str(next(iter(notebooks.values())).metadata.get("run", ""))
        for one in COURSES:
            made += _papers(
                options.output, one, [lesson for lesson in lessons if lesson.part == one.part], ran
            )
    if "slides" in options.what:
        made.append(
            write_slides(options.output / "slides", notebooks, folder=options.notebooks, second=second)
        )
    print("\n".join(str(path) for path in made))  # noqa: T201
    return 0


def _executed(options: argparse.Namespace) -> tuple[list[Path], dict[str, Any]]:
    """Return where the notebooks lie, and the executed ones by name: kept ones, else of a run made now.

    Raises:
        HandoutError: A notebook of the run failed: what is printed must be whole.
    """
    kept, parts = options.executed, course.COURSES[options.course]
    if kept is not None and list(kept.rglob("*.ipynb")):
        paths = course.find_notebooks(kept, parts=parts)
        return paths, {path.stem: load(path) for path in paths}
    paths = course.find_notebooks(options.notebooks, parts=parts)
    outcomes = _run(paths)
    if failures := [outcome.failure for outcome in outcomes if outcome.failure]:
        raise HandoutError("\n\n".join(f"FAILED {failure}" for failure in failures))
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    for outcome in outcomes:
        outcome.notebook.metadata["run"] = now
        if kept is not None:
            _keep(outcome, kept)
    return paths, {outcome.name: outcome.notebook for outcome in outcomes}


def _keep(outcome: Outcome, folder: Path) -> None:
    (folder / outcome.part).mkdir(parents=True, exist_ok=True)
    path = folder / outcome.part / f"{outcome.name}.ipynb"
    nbformat.write(outcome.notebook, path)  # type: ignore[no-untyped-call]


def _run(paths: Sequence[Path]) -> list[Outcome]:
    with (
        tempfile.TemporaryDirectory(prefix="grpc-lab-handout-", ignore_cleanup_errors=True) as scratch,
        stage.cluster() as environment,
    ):
        return course.run_course(paths, Path(scratch), environment={**environment, "LAB_FIGURES": "svg"})


def _papers(output: Path, of: Course, lessons: Sequence[Lesson], ran: str) -> list[Path]:
    """Write the papers of one course; none where it has no lesson."""
    made: list[Path] = []
    for name, (subtitle, write) in PAPERS.items() if lessons else ():
        pictures = Pictures()
        document = to_typst(
            write(lessons, pictures, of),
            title=of.title,
            subtitle=subtitle,
            ran=f"From a run of {ran}" if ran else "From a run of the notebooks",
        )
        made.append(output / of.file(name))
        with tempfile.TemporaryDirectory(prefix="grpc-lab-handout-") as scratch:
            write_pdf(made[-1], document, pictures, Path(scratch))
    return made


if __name__ == "__main__":
    sys.exit(main())
