"""The notebooks as slides: one file per notebook that fetches nothing, and a page that lists them.

nbconvert's own slides are reveal.js from a server somewhere else. Here the report's renderer writes the
cells, this module puts them in the order of slides, and ``templates/deck.js`` divides them by what fits.
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

from helpers.handout.lesson import PREDICT
from helpers.report.body import render_body
from helpers.report.cells import ANSWER, REMOVE_CELL, prepare, tags
from helpers.report.course import PRODUCTION
from helpers.report.story import QUESTION

TEMPLATES = Path(__file__).parent / "templates"
# A slide has room for the picture, not for two copies of it.
VECTOR = "image/svg+xml"
LIST_OF_QUESTIONS = {"Questions to consider.", "Question to consider.", "Questions.", "Question."}


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
    """
    output.mkdir(parents=True, exist_ok=True)
    titles = {}
    for name, notebook in notebooks.items():
        lies = folder / PRODUCTION if name in second else folder
        title, slides = _deck(notebook, lies, list(notebooks))
        _write(output / f"{name}.html", title, slides, _asset("deck.js"))
        titles[name] = title
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


def _deck(notebook: Any, folder: Path, names: list[str]) -> tuple[str, str]:
    """Return the title of a deck and its sections as HTML."""
    page = prepare(notebook)
    page.cells = [cell for cell in page.cells if not tags(cell) & {*REMOVE_CELL, ANSWER}]
    for cell in page.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VECTOR, None)
    body = render_body(page, folder, names)
    soup = BeautifulSoup(body.html, "html.parser")
    deck = soup.new_tag("div")
    blocks: Tag | None = None
    for block, solution in _blocks(soup):
        if blocks is None or block.name in {"h1", "h2"}:
            blocks = _section(soup, deck, block, "opening" if block.name == "h1" else "")
            continue
        inside = "solution" in _classes(blocks.parent)
        if solution != inside:
            title = deck.find_all(class_="title")[-1]
            blocks = _section(soup, deck, title, "solution" if solution else "")
        blocks.append(_marked(block))
    return body.title, deck.decode_contents()


def _classes(tag: Tag | None) -> list[str]:
    return list(tag.get_attribute_list("class")) if tag else []


def _section(soup: BeautifulSoup, deck: Tag, heading: Tag, kind: str) -> Tag:
    """Add a section with a copy of a heading as its title; return the place for its blocks."""
    section = soup.new_tag("section", attrs={"class": kind} if kind else {})
    title = soup.new_tag("h1" if kind == "opening" else "h2", attrs={"class": "title"})
    title.extend(BeautifulSoup(heading.decode_contents(), "html.parser").contents[:])
    blocks = soup.new_tag("div", attrs={"class": "blocks"})
    section.extend([title, blocks])
    deck.append(section)
    return blocks


def _blocks(soup: BeautifulSoup) -> Iterator[tuple[Tag, bool]]:
    """Yield what may stand on a slide by itself, and whether it belongs to the solution of an exercise."""
    for cell in soup.select(".prose, .cell"):
        solution = cell.find_parent("details", class_="solution") is not None
        if cell.find_parent(class_="cell") is not None:
            continue
        blocks = [block for part in cell.find_all(recursive=False) for block in _unfolded(part)]
        if "cell" in _classes(cell) and len(blocks) > 1 and blocks[1].name != "figure":
            # Code and what it wrote.
            blocks[0]["data-announces"] = "next"
        yield from ((block, solution) for block in blocks)


def _unfolded(part: Tag) -> Iterator[Tag]:
    """Yield a part of a cell; of folded code the code, of outputs each."""
    classes = _classes(part)
    if "code" in classes and part.name == "details":
        summary = part.find("summary")
        if summary:
            summary.decompose()
        yield from part.find_all(recursive=False)
    elif "outputs" in classes:
        yield from part.find_all(recursive=False)
    else:
        yield part


def _marked(block: Tag) -> Tag:
    """Tell deck.js what stays with the next block, and what must not be seen together with what is before."""
    text = block.get_text()
    announces = block.name == "p" and (text.rstrip().endswith(":") or text.strip() in LIST_OF_QUESTIONS)
    if announces or block.name in {"h3", "h4"}:
        block["data-announces"] = "next"
    # An expectation is worth something only while the chart is out of sight.
    if block.name == "figure":
        block["data-begins"] = "slide"
    if block.name == "p" and (PREDICT.search(text) or text.startswith("Predict")):
        block["data-begins"] = "slide"
    block.attrs.pop("id", None)
    return block.extract()
