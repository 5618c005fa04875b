"""What FIX.md and README.md show of other files: each is written once, and copied from there.

A page says where a copy comes from, and where it ends::

    <!-- quote manifests/fix/service.yaml -->
    <!-- end quote -->

A name behind the file is a region of it, from a line that ends in ``region NAME`` to the next ``endregion``;
regions of one name belong together.
``make pages`` writes the copies anew; the report and the handout read FIX.md itself.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from helpers.lesson import languages

ROOT = Path(__file__).resolve().parents[2]
FIX, README = ROOT / "FIX.md", ROOT / "README.md"
SHORT = "short"
QUOTE = re.compile(r"(<!-- quote (\S+)((?: \S+)*) -->\n).*?(<!-- end quote -->)", re.DOTALL)
MARKER = re.compile(r"^<!-- (?:quote .*|end quote|region .*|endregion) -->\n", re.MULTILINE)
LANGUAGES = {".py": "python", ".yaml": "yaml", ".go": "go", ".java": "java", ".js": "js"}


class ExcerptError(Exception):
    """A page names a file or a region that is not there."""


def short_form() -> str:
    """Return the problem and its fix in a few lines, as Markdown."""
    return _unmarked(region(FIX, SHORT))


def fix_page() -> str:
    """Return FIX.md without its marks, as Markdown."""
    return _unmarked(_read(FIX))


def refreshed(page: Path) -> str:
    """Return a page with the copies that its sources now say.

    Raises:
        ExcerptError: A source is not there.
    """
    text = _read(page)
    return QUOTE.sub(lambda found: f"{found[1]}{_quoted(found[2], found[3].split())}\n{found[4]}", text)


def region(path: Path, name: str) -> str:
    """Return what a file marks with a name, moved to the left.

    Raises:
        ExcerptError: There is no such part.
    """
    marked = rf"^[^\n]*\bregion {name}(?: -->)?\n(.*?)^[^\n]*\bendregion"
    found = re.findall(marked, _read(path), re.DOTALL | re.MULTILINE)
    if not found:
        raise ExcerptError(f"{path} has no region {name!r}.")
    return textwrap.dedent("".join(found)).strip("\n")


def _quoted(source: str, regions: Sequence[str]) -> str:
    path = ROOT / source
    if path == languages.MEASURED:
        return _table(languages.read())
    text = "\n\n".join(region(path, name) for name in regions) if regions else _read(path).rstrip("\n")
    if path.suffix == ".md":
        return _unmarked(text)
    return f"```{LANGUAGES[path.suffix]}\n{text}\n```"


def _unmarked(text: str) -> str:
    return MARKER.sub("", f"{text}\n").rstrip("\n")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ExcerptError(f"{path} cannot be read: {error.strerror}.") from error


def _table(rows: Sequence[languages.Row]) -> str:
    """Return a line for each language: effective pods with gRPC's defaults and with the fix."""
    lines = ["| client | library | with gRPC's defaults | with the fix | measured |", "|---|---|---|---|---|"]
    for name, group in groupby(rows, key=lambda row: row.language):
        by_way = {row.way: row for row in group}
        one, all_of_them = by_way["defaults"], by_way["fix"]
        cells = [name, one.library, _pods(one), _pods(all_of_them), all_of_them.date]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _pods(row: languages.Row) -> str:
    return f"{row.pods} of {row.of} pods (effective number {row.effective_pods:.2f})"


def main() -> int:
    """Write the copies in FIX.md, then those in README.md, which quotes it."""
    try:
        for page in (FIX, README):
            page.write_text(refreshed(page), encoding="utf-8")
    except ExcerptError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
