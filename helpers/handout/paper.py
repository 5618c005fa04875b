"""Markdown to PDF: pandoc reads it, Typst sets it. Both come as wheels; neither fetches anything.

Parts that Markdown has no word for (empty lines to write on, blank tables) are Typst in the Markdown, made by
the functions here; what they look like is in ``templates/paper.typ``.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypandoc
import typst

from helpers.handout.lesson import Chart, HandoutError

TEMPLATE = Path(__file__).parent / "templates" / "paper.typ"
# Notebooks write quotation marks and dashes as they mean them.
READ = "commonmark_x-smart-emoji"
# Other notebooks are no links on paper.
NOTEBOOK_LINK = re.compile(r"\[([^\[\]]+)\]\([^):]+\.ipynb[^)]*\)")
FILE_LINK = re.compile(r"\[([^\[\]]+)\]\([^):]+\)")


def raw(typst_code: str) -> str:
    """Return Typst code as a block of Markdown."""
    return f"\n\n```{{=typst}}\n{typst_code}\n```\n\n"


def together(markdown: str) -> str:
    """Return Markdown that no page break may divide."""
    return raw("#together[") + markdown + raw("]")


def new_page() -> str:
    """Return the beginning of a page, for what is to be taken out of the paper; nothing where one begins."""
    return raw("#pagebreak(weak: true)")


def string(text: str) -> str:
    """Return text as a Typst string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def array(texts: Sequence[str]) -> str:
    """Return texts as a Typst array; one of a single item needs its comma."""
    return "(" + "".join(f"{string(text)}, " for text in texts) + ")"


def ruled(count: int) -> str:
    """Return empty lines to write on."""
    return raw(f"#ruled({count})")


def blanks(columns: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table to fill in; a row without a name has room for one."""
    return raw(f"#blanks({array(columns)}, {array(rows)})")


def fenced(text: str, language: str = "") -> str:
    """Return text as a block of code that no backtick in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n\n{fence}{language}\n{text}\n{fence}\n\n"


def listing(text: str, language: str) -> str:
    """Return a long block of code, which does not begin with its first lines at the end of a page."""
    return raw("#listing[") + fenced(text, language) + raw("]")


def sheet(markdown: str) -> str:
    """Return what is printed small, in two columns, on a sheet of its own; paper leads to no file."""
    return raw("#sheet[") + FILE_LINK.sub(r"\1", markdown) + raw("]")


class Pictures:
    """The charts of a document: each a file beside it, and the Markdown that shows it."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def show(self, chart: Chart, *, width: int = 82) -> str:
        """Return the Markdown that shows ``chart``, ``width`` percent wide."""
        name = f"chart-{len(self.files) + 1}.svg"
        self.files[name] = chart.svg
        return raw(f"#chart({string(name)}, {string(chart.alt)}, width: {width}%)")


# How a formula is read out: what TeX writes, and the words for it; longer names first.
SPOKEN = (
    (r"\\(?:text|mathrm|operatorname)\{([^{}]*)\}", r"\1"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1 over \2"),
    (r"\\sum", " the sum of "),
    (r"\\ln", " the natural logarithm of "),
    (r"\\times|\\cdot", " times "),
    (r"\\le(?:q)?\b", " is at most "),
    (r"\\ge(?:q)?\b", " is at least "),
    (r"\^", " to the power of "),
    (r"_", " sub "),
    (r"-", " minus "),
    (r"[{}\\]", " "),
)


def spoken(tex: str) -> str:
    """Return a formula in words, for who has it read out."""
    words = tex
    for written, said in SPOKEN:
        words = re.sub(written, said, words)
    return " ".join(words.split())


def _with_words(node: Any, version: Any) -> Any:
    """Return pandoc's tree with each formula as Typst that carries its words; PDF/UA asks for them."""
    if isinstance(node, list):
        return [_with_words(part, version) for part in node]
    if not isinstance(node, dict):
        return node
    if node.get("t") != "Math":
        return {key: _with_words(part, version) for key, part in node.items()}
    lone = {"pandoc-api-version": version, "meta": {}, "blocks": [{"t": "Plain", "c": [node]}]}
    formula = pypandoc.convert_text(json.dumps(lone), "typst", format="json").strip()
    told = f"#[#set math.equation(alt: {string(spoken(node['c'][1]))}); {formula}]"
    return {"t": "RawInline", "c": ["typst", told]}


def to_typst(markdown: str, *, title: str, subtitle: str, ran: str) -> str:
    """Return a whole Typst document."""
    tree = json.loads(pypandoc.convert_text(NOTEBOOK_LINK.sub(r"\1", markdown), "json", format=READ))
    worded = json.dumps(_with_words(tree, tree["pandoc-api-version"]))
    body = pypandoc.convert_text(worded, "typst", format="json", extra_args=["--wrap=none"])
    told = f"title: {string(title)}, subtitle: {string(subtitle)}, ran: {string(ran)}"
    return f'#import "paper.typ": *\n#show: paper.with({told})\n\n{body}'


def write_pdf(path: Path, document: str, pictures: Pictures, scratch: Path) -> None:
    """Set a Typst document in type.

    Args:
        path: Where the PDF goes.
        document: What ``to_typst`` returned.
        pictures: Those that the document shows.
        scratch: An empty folder.

    Raises:
        HandoutError: Typst refuses the document.
    """
    shutil.copy(TEMPLATE, scratch)
    for name, svg in pictures.files.items():
        (scratch / name).write_text(svg, encoding="utf-8")
    source = scratch / "document.typ"
    source.write_text(document, encoding="utf-8")
    try:
        # PDF/UA-1: tagged, with a title and with words for every picture; Typst refuses what lacks them.
        made = typst.compile(source, root=scratch, ignore_system_fonts=True, pdf_standards=["ua-1"])
    except typst.TypstError as error:
        raise HandoutError(f"{path.name} cannot be set: {error.message} {error.diagnostic}") from error
    part = path.with_suffix(".part")
    part.write_bytes(made)
    part.replace(path)
