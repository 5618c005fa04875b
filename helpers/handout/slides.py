"""The notebooks as slides: one file per notebook that fetches nothing, and a page that lists them.

nbconvert's own slides are reveal.js from a server somewhere else. Here ``deck`` chooses what is shown, the
report's renderer writes it, and ``templates/deck.js`` makes it fit and turns the slides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat.notebooknode import from_dict

from helpers.handout.deck import Slide, choose
from helpers.handout.lesson import Chart, read_lesson
from helpers.report.body import render_body
from helpers.report.cells import prepare
from helpers.report.course import PRODUCTION
from helpers.report.story import QUESTION

TEMPLATES = Path(__file__).parent / "templates"
VECTOR = "image/svg+xml"


def write_slides(
    output: Path, notebooks: Mapping[str, Any], *, folder: Path, second: Collection[str] = ()
) -> Path:
    """Write a deck per executed notebook and ``index.html``.

    Args:
        output: Where they go; made if missing.
        notebooks: The executed notebooks by name, in the order of the course.
        folder: Where the notebooks lie, for the images that their prose names.
        second: Names of those of the second course, which lie in a folder below.

    Returns:
        The path of the page that lists the decks.

    Raises:
        HandoutError: A notebook is no lesson: see ``lesson.read_lesson``.
    """
    output.mkdir(parents=True, exist_ok=True)
    titles = {}
    for name, notebook in notebooks.items():
        lies = folder / PRODUCTION if name in second else folder
        lesson = read_lesson(name, notebook)
        opening, *others = choose(lesson)
        slides = [_section(opening, "opening", lies, notebooks)]
        slides += [_section(slide, "", lies, notebooks) for slide in others]
        _write(output / f"{name}.html", lesson.title, "".join(slides), _asset("deck.js"))
        titles[name] = lesson.title
    index = output / "index.html"
    _write(index, QUESTION, _contents(titles, second), Markup())
    return index


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _asset(name: str) -> Markup:
    # Ours, read from the package: safe to place inside <style> and <script> as it is.
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704


def _write(path: Path, title: str, body: str, script: Markup) -> None:
    page = _environment().get_template("deck.html.j2")
    inside = Markup(body)  # noqa: S704 - made by nbconvert from the course's own notebooks
    html = page.render(title=title, body=inside, style=_asset("deck.css"), script=script)
    part = path.with_suffix(".part")
    part.write_text(html, encoding="utf-8")
    part.replace(path)


def _contents(titles: Mapping[str, str], second: Collection[str]) -> str:
    soup = BeautifulSoup("", "html.parser")
    section = soup.new_tag("section")
    heading = soup.new_tag("h1", attrs={"class": "title"})
    heading.string = QUESTION
    section.append(heading)
    section.append(_listed(soup, {name: title for name, title in titles.items() if name not in second}))
    if second:
        later = soup.new_tag("h2")
        later.string = "What breaks in production"
        section.append(later)
        section.append(_listed(soup, {name: titles[name] for name in titles if name in second}))
    hint = soup.new_tag("p")
    hint.string = "Arrow keys, space and page keys turn the slides; Home and End go to the ends."
    section.append(hint)
    return str(section)


def _listed(soup: BeautifulSoup, titles: Mapping[str, str]) -> Tag:
    listed = soup.new_tag("ul")
    for name, title in titles.items():
        link = soup.new_tag("a", attrs={"href": f"{quote(name)}.html"})
        link.string = title
        item = soup.new_tag("li")
        item.append(link)
        listed.append(item)
    return listed


def _section(slide: Slide, kind: str, folder: Path, names: Collection[str]) -> str:
    """Return a slide as HTML: its heading, and its blocks in a place of their own."""
    soup = BeautifulSoup(render_body(_page(slide, kind), folder, names).html, "html.parser")
    title = soup.find(["h1", "h2"])
    section = soup.new_tag("section", attrs={"class": kind} if kind else {})
    content = soup.new_tag("div", attrs={"class": "content"})
    if isinstance(title, Tag):
        title["class"] = "title"
        del title["id"]
        section.append(title.extract())
        if slide.kind:
            word = soup.new_tag("span", attrs={"class": "kind"})
            word.string = slide.kind
            title.append(word)
    content.extend(_blocks(soup))
    section.append(content)
    return str(section)


def _page(slide: Slide, kind: str) -> Any:
    """Return a slide as a notebook that the report's renderer writes."""
    mark = "#" if kind else "##"
    said = {"cell_type": "markdown", "source": f"{mark} {slide.heading}\n\n{slide.text}", "metadata": {}}
    outputs = [_chart(chart) for chart in slide.charts]
    if slide.printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": slide.printed})
    ran = dict[str, Any](
        cell_type="code", source=slide.code, metadata={}, outputs=outputs, execution_count=None
    )
    cells = [said, ran] if slide.code or outputs else [said]
    page = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    return prepare(from_dict(page))  # type: ignore[no-untyped-call]


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {VECTOR: chart.svg},
        "metadata": {VECTOR: {"alt": chart.alt}},
    }


def _blocks(soup: BeautifulSoup) -> Iterator[Tag]:
    """Yield what stands on a slide, without the frames of the cells."""
    for block in list(soup.select(".prose > *, .cell > .code > :not(summary), .outputs > *")):
        block.attrs.pop("id", None)
        yield block.extract()
