"""Writes the pages and the index of a run into one folder; every file stands alone and fetches nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import v4

from helpers.lesson import excerpts
from helpers.lesson.findings import all_measured, measured_on
from helpers.report import chart, conclusions, production, story
from helpers.report.body import TEMPLATES, Body, render_body
from helpers.report.cells import prepare
from helpers.report.course import PRODUCTION
from helpers.report.findings import Finding, Results
from helpers.report.runner import Failure, Outcome

# The lesson whose four cases are one experiment.
NGINX = "06-nginx-tls"
NOT_MEASURED = "\N{EN DASH}"
# The page that hands over the answer, without the course.
FIX = "fix"
# What of the conditions stands below every page, and how it is said.
RAN_ON = {"Kubernetes": "on Kubernetes", "Started": "started"}


@dataclass(frozen=True)
class Page:
    """One lesson as the index and its neighbours refer to it."""

    name: str
    title: str
    goal: str
    failure: Failure | None = None
    part: str = ""
    skipped: Failure | None = None

    @property
    def href(self) -> str:
        """The address of the page, relative to the folder of the report."""
        return f"{quote(self.name)}.html"


@dataclass(frozen=True)
class Row:
    """One line of the table of findings, already words."""

    variant: str
    notebook: str
    href: str
    greetings: int
    failed: int
    pods: str
    effective: str
    per_client: str
    note: str
    bad: bool


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=False)


def _asset(name: str) -> Markup:
    # Ours, read from the package: safe to place inside <style> and <script> as it is.
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704


def write_report(
    output: Path,
    outcomes: Sequence[Outcome],
    results: Results,
    conditions: Sequence[tuple[str, str]],
    *,
    notebooks: Path,
) -> Path:
    """Write a page per outcome, ``fix.html`` and ``index.html``.

    Args:
        output: Folder of the report; made if missing.
        outcomes: The executed notebooks in the order of the course, failed ones included.
        results: What they saved.
        conditions: Name and value of what the run was made on.
        notebooks: Folder the notebooks lie in, for the images their prose names.

    Returns:
        The path of the index.
    """
    output.mkdir(parents=True, exist_ok=True)
    names = [outcome.name for outcome in outcomes]
    bodies = [
        render_body(prepare(item.notebook, item.stopped), notebooks / item.part, names) for item in outcomes
    ]
    pages = [_page(outcome, body) for outcome, body in zip(outcomes, bodies, strict=True)]
    facts = dict(conditions)
    ran_on = "Run " + ", ".join(f"{RAN_ON[name]} {facts[name]}" for name in RAN_ON if name in facts)
    for place, (page, body) in enumerate(zip(pages, bodies, strict=True)):
        neighbours = (
            pages[place - 1] if place else None,
            pages[place + 1] if place + 1 < len(pages) else None,
        )
        _write(output / f"{page.name}.html", render_page(page, body, neighbours, ran_on))
    fix = _answer(excerpts.fix_page(), names)
    _write(output / f"{FIX}.html", render_page(Page(FIX, fix.title, fix.goal), fix, (None, None), ""))
    index = output / "index.html"
    _write(index, render_index(pages, results, conditions))
    return index


def write_text(path: Path, markdown: str) -> None:
    """Write a page of its own that is made of Markdown, in the report's look."""
    body = _answer(markdown, ())
    name = path.stem
    _write(path, render_page(Page(name, body.title or name, body.goal), body, (None, None), ""))


def _answer(markdown: str, names: Collection[str]) -> Body:
    """Return FIX.md, or a part of it, as it stands in a report with these notebooks."""
    cell = v4.new_markdown_cell(markdown)  # type: ignore[no-untyped-call]
    page = v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    return render_body(prepare(page), excerpts.ROOT, names)


def _page(outcome: Outcome, body: Body) -> Page:
    title = body.title or outcome.name
    return Page(outcome.name, title, body.goal, outcome.failure, outcome.part, outcome.skipped)


def _write(path: Path, text: str) -> None:
    # Whole or not at all: a reader who reloads during a run must not see half a page.
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def render_page(page: Page, body: Body, neighbours: tuple[Page | None, Page | None], ran_on: str) -> str:
    """Return the HTML of one lesson."""
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=page.title,
            style=_asset("style.css"),
            script=_asset("page.js"),
            outline=body.outline,
            failure=page.failure,
            skipped=page.skipped,
            body=Markup(body.html),  # noqa: S704 - made by nbconvert from the course's own notebooks
            previous=neighbours[0],
            next=neighbours[1],
            ran_on=ran_on,
        )
    )


def render_index(pages: Sequence[Page], results: Results, conditions: Sequence[tuple[str, str]]) -> str:
    """Return the HTML of the overview."""
    before = all_measured()
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            title=story.QUESTION,
            question=story.QUESTION,
            style=_asset("style.css"),
            script="",
            outline=(),
            answer=story.answer(results),
            # Ours, from FIX.md.
            fix=Markup(_answer(excerpts.short_form(), ()).html),  # noqa: S704
            charts=chart.story_charts(story.comparison(results), results.of(NGINX)),
            pages=pages,
            first=[page for page in pages if page.part != PRODUCTION],
            second=[page for page in pages if page.part == PRODUCTION],
            groups=production.groups(results, before),
            conclusions=conclusions.conclusions(results, before),
            measured_on=measured_on(),
            failures=[page for page in pages if page.failure],
            skipped=[page for page in pages if page.skipped],
            rows=[_row(finding) for finding in results.findings],
            notes=any(finding.note for finding in results.findings),
            conditions=conditions,
        )
    )


def _row(finding: Finding) -> Row:
    return Row(
        variant=finding.variant,
        notebook=finding.notebook,
        href=f"{quote(finding.notebook)}.html",
        greetings=finding.greetings,
        failed=finding.failed,
        pods=_number(finding.pods, "d"),
        effective=_number(finding.effective_pods, ".2f"),
        per_client=", ".join(f"{value:.2f}" for value in finding.per_client) or NOT_MEASURED,
        note=finding.note,
        bad=finding.all_failed,
    )


def _number(value: float | None, form: str) -> str:
    return NOT_MEASURED if value is None else format(value, form)
