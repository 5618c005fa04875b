"""Reads a page as a browser does, as far as the tests need it: what it loads, where it links, its outline."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

# Attributes through which an element makes a browser fetch something by itself.
FETCHING = {"src", "srcset", "data", "poster", "background", "xlink:href", "action"}
CSS_LOADS = re.compile(r"""@import\s+["']?([^"';]+)|url\(\s*["']?([^"')]*)""")


@dataclass
class Page:
    path: Path
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lang: str = ""
    title: str = ""
    text: str = ""

    def outside(self) -> list[str]:
        """What the page would fetch from somewhere else."""
        return [address for address in self.loads if not address.startswith(("data:", "#"))]


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        page = self.page
        page.tags.append(tag)
        page.loads += [value for name, value in values.items() if name in FETCHING]
        page.loads += [a or b for a, b in CSS_LOADS.findall(values.get("style", ""))]
        if tag == "link" or (tag in {"use", "image"} and "href" in values):
            page.loads.append(values.get("href", ""))
        if tag == "a" and "href" in values:
            page.links.append(values["href"])
        if tag == "img":
            page.images.append(values)
        if tag == "html":
            page.lang = values.get("lang", "")
        if "id" in values:
            page.ids.append(values["id"])
        if re.fullmatch("h[1-6]", tag):
            page.headings.append((int(tag[1]), ""))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        innermost = self.inside[-1] if self.inside else ""
        if innermost == "style":
            self.page.loads += [a or b for a, b in CSS_LOADS.findall(data)]
            return
        if innermost == "title":
            self.page.title += data
        if self.page.headings and any(re.fullmatch("h[1-6]", tag) for tag in self.inside):
            level, text = self.page.headings[-1]
            self.page.headings[-1] = (level, text + data)
        if innermost != "script":
            self.page.text += data


def read(path: Path) -> Page:
    page = Page(path)
    _Reader(page).feed(path.read_text(encoding="utf-8"))
    return page


def broken_links(pages: list[Page]) -> list[str]:
    """Links of these pages that lead nowhere: a missing file beside them, or a missing place in a page."""
    places = {page.path.name: set(page.ids) for page in pages}
    broken = []
    for page in pages:
        for link in page.links:
            if re.match(r"https?:|mailto:", link):
                continue
            name, _, place = unquote(link).partition("#")
            if (name or page.path.name) not in places or (
                place and place not in places[name or page.path.name]
            ):
                broken.append(f"{page.path.name}: {link}")
    return broken


def complaints(pages: list[Page]) -> list[str]:
    """Everything that no page of a report may have, each as one line."""
    found = [f"broken link {link}" for link in broken_links(pages)]
    for page in pages:
        name, levels = page.path.name, [level for level, _ in page.headings]
        found += [f"{name} loads {address[:80]}" for address in page.outside()]
        found += [
            f"{name} has an image without alternative text" for image in page.images if not image.get("alt")
        ]
        found += [
            f"{name}: identifier {one!r} twice" for one in {i for i in page.ids if page.ids.count(i) > 1}
        ]
        found += [f"{name}: h{b} after h{a}" for a, b in pairwise(levels) if b > a + 1]
        if levels.count(1) != 1:
            found.append(f"{name} has {levels.count(1)} main headings")
        if page.lang != "en" or not page.title or page.tags.count("main") != 1:
            found.append(f"{name} lacks a language, a title or its main landmark")
    return found
