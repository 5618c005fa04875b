"""Hold texts to the project's words and to a sentence length: ``python -m tests.prose``, in ``make check``.

Markdown files and the Markdown cells of notebooks. Exit status 1 and a line for each complaint.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
MOST_WORDS = 32  # the goal is 25
FOLDERS = (".", "benchmarks", "helpers/handout/room", "localcluster", "manifests")
PROGRAM = r"(?:pods?|clients?|servers?|prox(?:y|ies)|channels?|connections?|nginx|Envoy|kubelet)"
# What not to write, and what to write instead.
WORDS = {
    r"under way": "in flight",
    r"(?:in|by) turns?|takes? turns|a turn of": "round robin, cycles through",
    r"knock(?:s|ed|ing)?": "connect to, dial",
    r"(?:is|are|was|were) well again|gets? round it": "recovers",
    r"plays? on": "works on, runs on",
    r"as (?:it|they) comes?": "by default",
    r"will not have (?:it|them|that)": "refuses, rejects",
    r"(?:has|have) heard|hears? (?:of|about)|heard of": "reads from, resolves to",
    r"(?:is|are|was|were) told": "reads from, resolves to, is configured with",
    r"nobody is sent": "is ejected",
    r"nothing (?:is|was) lost|los(?:es?|t|ing) nothing": "loses no RPCs",
    r"changes? of pods": "rollout, scale up, scale down",
    r"(?:evenly|uneven(?:ly)?) by luck|by luck": "at random",
    r"an asking": "a request",
    rf"{PROGRAM},? (?:who|whom|whose own)": "it, which, that",
    r"(?:gets|get) to be|has it that": "is",
}
FOUND = {re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE): instead for pattern, instead in WORDS.items()}

# What another run may contradict: an outcome of every case, told beside one measurement.
OUTCOME = re.compile(
    r"\b(?:always|never|none|best|(?:no|all|every) (?:of (?:them|the)|calls?|RPCs?|clients?|pods?))\b"
    r".*\b(?:was|were|failed|lost|reached|got|answered|had)\b",
    re.IGNORECASE,
)

FENCE = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
# What begins a block of its own: an item of a list, a heading, a row of a table, a quote.
BLOCK = re.compile(r"\n(?:[ \t]*\n|(?=[ \t]*(?:[-*+] |\d+\. |#|\||>|</?\w)))")
SENTENCE = re.compile(r"(?<=[.!?])[\"')*_]*\s+")


def main() -> int:
    """Print what is wrong, and return the exit status."""
    wrong = [line for path in files() for line in check(path)]
    print("\n".join(wrong) or "Every text keeps to the project's words and to its sentence length.")  # noqa: T201
    return 1 if wrong else 0


def files() -> list[Path]:
    """Return the texts of the project."""
    notebooks = [path for path in ROOT.glob("notebooks/**/*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    return sorted([path for folder in FOLDERS for path in (ROOT / folder).glob("*.md")] + notebooks)


def check(path: Path) -> list[str]:
    """Return a line for each complaint about a file."""
    name = str(path.relative_to(ROOT))
    found = [complaint for text in texts(path) for complaint in complaints(text)]
    if path.parent.name == "production":
        found += [complaint for text in beside_code(path) for complaint in claims(text)]
    return [f"{name}: {complaint}" for complaint in found]


def beside_code(path: Path) -> Iterator[str]:
    """Yield the Markdown cells that follow a code cell; answers and solutions speak of what must be."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for before, cell in pairwise(notebook.cells):
        told = {"answer", "solution"} & {*cell.metadata.get("tags", [])}
        if before.cell_type == "code" and cell.cell_type == "markdown" and not told:
            yield cell.source


def claims(markdown: str) -> Iterator[str]:
    """Yield the sentences that say of every case what came of it, which only a function of the run may."""
    for sentence in sentences(markdown):
        if found := OUTCOME.search(" ".join(sentence.split())):
            yield f'"{found[0][:90]}" is an outcome; let a cell print it from the run.'


def texts(path: Path) -> Iterator[str]:
    """Yield the Markdown of a file or of a notebook's cells."""
    if path.suffix == ".md":
        yield path.read_text(encoding="utf-8")
        return
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    yield from (cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def complaints(markdown: str) -> Iterator[str]:
    """Yield what is wrong with a text: words, then sentences that are too long."""
    for sentence in sentences(markdown):
        words = " ".join(sentence.split())
        for pattern, instead in FOUND.items():
            if found := pattern.search(words):
                yield f'"{found[0]}" in "{words[:90]}"; write: {instead}.'
        count = len(re.findall(r"[^\W_]\S*|`", words))
        if count > MOST_WORDS:
            yield f'{count} words in "{words[:90]}"; at most {MOST_WORDS}.'


def sentences(markdown: str) -> Iterator[str]:
    """Yield the sentences of the prose: no code, no table; an item of a list is a paragraph of its own."""
    prose = INDENTED.sub("\n", FENCE.sub("\n\n", markdown))
    # Code counts as one word, a link as its text.
    prose = re.sub(r"(`+)[^`].*?\1", "`", prose, flags=re.DOTALL)
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose)
    for block in BLOCK.split("\n" + prose):
        text = re.sub(r"^\s*(?:[-*+] |\d+\. |#+ |> ?)", "", block).strip()
        if text and not text.startswith(("|", "<")):
            yield from SENTENCE.split(text)


if __name__ == "__main__":
    sys.exit(main())
