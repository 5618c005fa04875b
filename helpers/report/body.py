"""Turns a prepared notebook into the inside of a page: nbconvert for the cells, then one pass over the HTML.

nbconvert's own page templates load MathJax, require.js and widgets from the network; ours
(``templates/course``) writes the cells and nothing else, and the frame around them is the same for
every page of the report.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from jinja2 import pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

from helpers.report.course import NOTEBOOKS, PRODUCTION

TEMPLATES = Path(__file__).parent / "templates"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True)
class Heading:
    """One entry of a table of contents."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Body:
    """The cells of a page as HTML, and what its frame needs to know of them."""

    html: str
    title: str
    goal: str
    outline: tuple[Heading, ...]


class _Prose(IPythonRenderer):
    """Writes formulas as MathML, which browsers show by themselves; nbconvert would leave TeX for MathJax."""

    def block_html(self, html: str) -> str:
        # nbconvert looks for images with a parser that closes an open <details> at once.
        return str(super().block_html(html)) if "<img" in html else html + "\n"

    def inline_math(self, body: str) -> str:
        return str(mathml(body))

    def block_math(self, body: str) -> str:
        return str(mathml(body, display="block"))


class _CellsExporter(HTMLExporter):
    """nbconvert's HTML exporter with our reading of Markdown."""

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """Return the HTML of a Markdown cell; images that it attaches or names are put into it."""
        renderer = _Prose(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=True,
            path=context["resources"]["metadata"]["path"],
            exclude_anchor_links=True,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


@cache
def _exporter() -> HTMLExporter:
    config = Config()
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.template_name = "course"
    config.NbConvertBase.display_data_priority = [
        "image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/plain",
    ]  # fmt: skip
    return _CellsExporter(config=config)  # type: ignore[no-untyped-call]


def render_body(notebook: Any, folder: Path, pages: Collection[str]) -> Body:
    """Return the cells of a prepared notebook as HTML.

    Args:
        notebook: What ``cells.prepare`` returned.
        folder: Where the notebook lies; images named in its prose are embedded from there.
        pages: Names (without suffix) of the notebooks that have a page; links to others become plain text.
    """
    html, _ = _exporter().from_notebook_node(notebook, resources={"metadata": {"path": str(folder)}})
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup(["script", "style", "link", "meta", "iframe"]):
        tag.decompose()
    outline = _anchor_headings(soup)
    for table in soup("table"):
        _dress_table(soup, table)
    for link in soup("a", href=True):
        _settle_link(link, pages)
    title = next((entry.text for entry in outline if entry.level == 1), "")
    return Body(str(soup), title, _goal(soup), tuple(outline))


def _anchor_headings(soup: BeautifulSoup) -> list[Heading]:
    """Give each heading the identifier JupyterLab gives it, so that links inside a notebook work in both."""
    seen: dict[str, int] = {}
    outline = []
    for tag in soup(HEADINGS):
        text = tag.get_text(" ", strip=True)
        anchor = re.sub(r"\s", "-", tag.get_text().strip())
        seen[anchor] = seen.get(anchor, 0) + 1
        tag["id"] = anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"
        outline.append(Heading(int(tag.name[1]), text, quote(str(tag["id"]))))
    return outline


def _dress_table(soup: BeautifulSoup, table: Tag) -> None:
    """Let a wide table scroll inside itself, and tell assistive programs which cells are headers."""
    for attribute in ("border", "class", "style"):
        table.attrs.pop(attribute, None)
    for row in table("tr"):
        row.attrs.pop("style", None)
    for header in table("th"):
        header["scope"] = "col" if header.find_parent("thead") else "row"
        if not header.get_text(strip=True):
            # The empty corner of a pandas table heads nothing.
            header.name = "td"
            del header["scope"]
    table.wrap(soup.new_tag("div", attrs={"class": "scroll"}))


def _settle_link(link: Tag, pages: Collection[str]) -> None:
    """Make a link work from the report: to another page, to the outside, or not at all."""
    target = urlsplit(str(link["href"]))
    if target.scheme in {"http", "https", "mailto"}:
        link["rel"] = "noopener"
        return
    path = Path(unquote(target.path))
    if not target.path and target.fragment:
        return
    # The two courses lie in two folders, and FIX.md above them; their pages lie in one.
    beside = set(path.parts[:-1]) <= {"..", NOTEBOOKS.name, PRODUCTION}
    if path.suffix == ".ipynb" and beside and path.stem in pages:
        link["href"] = f"{quote(path.stem)}.html" + (f"#{target.fragment}" if target.fragment else "")
        return
    link.unwrap()


def _goal(soup: BeautifulSoup) -> str:
    """Return the first paragraph or list item after the title: what the notebook is for, as plain text."""
    heading = soup.find("h1")
    first = heading.find_next(["p", "li"]) if heading else None
    return re.sub(r"\s+", " ", first.get_text()).strip() if first else ""
