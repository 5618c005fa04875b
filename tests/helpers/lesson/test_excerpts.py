from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lesson import excerpts, languages
from helpers.lesson.languages import Row


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one file with regions, and a page beside it."""
    monkeypatch.setattr(excerpts, "ROOT", tmp_path)
    path = tmp_path / "client.go"
    regions = ["  // region fix\n  first()\n    // endregion\n", "// region fix\n  last()\n// endregion\n"]
    path.write_text("no()\n".join(["", *regions, ""]))
    return path


def page(folder: Path, text: str) -> Path:
    path = folder / "PAGE.md"
    path.write_text(text)
    return path


def test_a_copy_becomes_what_its_source_says(source: Path) -> None:
    asked = page(source.parent, "A\n<!-- quote client.go fix -->\nold\n<!-- end quote -->\nB\n")
    expected = "A\n<!-- quote client.go fix -->\n```go\nfirst()\nlast()\n```\n<!-- end quote -->\nB\n"
    assert excerpts.refreshed(asked) == expected
    asked.write_text(expected)
    assert excerpts.refreshed(asked) == expected


def test_a_file_is_quoted_whole_without_a_region(source: Path) -> None:
    (source.parent / "a.yaml").write_text("a: 1\n")
    asked = page(source.parent, "<!-- quote a.yaml -->\n<!-- end quote -->\n")
    assert excerpts.refreshed(asked) == "<!-- quote a.yaml -->\n```yaml\na: 1\n```\n<!-- end quote -->\n"


def test_a_part_of_another_page_is_quoted_as_text_without_its_marks(source: Path) -> None:
    quote = "<!-- quote client.go fix -->\n```go\nx\n```\n<!-- end quote -->"
    inner = f"<!-- region short -->\nA.\n\n{quote}\n<!-- endregion -->\n"
    (source.parent / "OTHER.md").write_text(inner)
    asked = page(source.parent, "<!-- quote OTHER.md short -->\n<!-- end quote -->\n")
    told = "<!-- quote OTHER.md short -->\nA.\n\n```go\nx\n```\n<!-- end quote -->\n"
    assert excerpts.refreshed(asked) == told
    asked.write_text(told)
    assert excerpts.refreshed(asked) == told


@pytest.mark.parametrize(
    ("asked", "words"), [("client.go else", "no region 'else'"), ("none.go fix", "none.go cannot be read")]
)
def test_what_is_not_there_is_named(source: Path, asked: str, words: str) -> None:
    with pytest.raises(excerpts.ExcerptError, match=words):
        excerpts.refreshed(page(source.parent, f"<!-- quote {asked} -->\n<!-- end quote -->\n"))


def test_the_short_form_and_the_page_have_no_marks() -> None:
    for text in (excerpts.short_form(), excerpts.fix_page()):
        assert "<!--" not in text
        assert "clusterIP: None" in text
    assert excerpts.short_form() in excerpts.fix_page()


def test_languages_stand_in_one_line_each(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Row("Go", "grpc-go 1", "defaults", 60, 1, 3, 1.0, "2026-11-27")]
    rows += [Row("Go", "grpc-go 1", "fix", 60, 3, 3, 2.999, "2026-11-28")]
    measured = source.parent / "languages.json"
    monkeypatch.setattr(languages, "MEASURED", measured)
    monkeypatch.setattr(languages, "read", lambda: rows)
    told = excerpts.refreshed(page(source.parent, "<!-- quote languages.json -->\n<!-- end quote -->\n"))
    assert told.splitlines()[3] == (
        "| Go | grpc-go 1 | 1 of 3 pods (effective number 1.00) "
        "| 3 of 3 pods (effective number 3.00) | 2026-11-28 |"
    )


def test_what_was_measured_is_what_the_page_says_of_it() -> None:
    """Defaults reach one pod, the fix all: what `make languages` would refuse to keep otherwise."""
    rows = languages.read()
    assert [row.language for row in rows[::2]] == ["Python", "Go", "Java", "Node.js"]
    assert {(row.way, row.pods) for row in rows} == {("defaults", 1), ("fix", 3)}


def test_before_the_first_measurement_there_is_none(tmp_path: Path) -> None:
    assert languages.read(tmp_path / "none.json") == []
