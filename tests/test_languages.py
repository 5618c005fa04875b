"""The clients in other languages: what was measured of them is of the versions that are pinned now.

``make languages`` builds and runs them; ``.ci/run`` does where their tools are.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import languages
from helpers.lesson.languages import Row, read

CLIENTS = languages.CLIENTS


@pytest.mark.parametrize("language", languages.LANGUAGES, ids=lambda language: language.name)
def test_the_measured_library_is_the_one_that_is_pinned(language: languages.Language) -> None:
    assert {row.library for row in read() if row.language == language.name} == {language.version()}


def test_build_files_pin_exact_versions_and_name_no_place() -> None:
    packages = json.loads((CLIENTS / "node" / "package.json").read_text())["dependencies"]
    assert [one for one in packages.values() if not re.fullmatch(r"\d+\.\d+\.\d+", one)] == []
    pom = (CLIENTS / "java" / "pom.xml").read_text()
    versions = re.findall(r"<version>([^<]+)</version>|\.version>([^<]+)</", pom)
    assert [
        one for pair in versions for one in pair if one and re.search(r"[\[(,]|LATEST|RELEASE", one)
    ] == []
    assert "<repositor" not in pom


def test_a_language_without_its_tools_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = {language.name: language.missing for language in languages.LANGUAGES}
    assert missing == {"Python": [], "Go": ["go"], "Java": ["java", "mvn"], "Node.js": ["node", "npm"]}


def test_rows_of_a_language_that_is_left_out_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [row for row in read() if row.language == "Go"]
    new = Row("Python", "grpcio 9", languages.FIX, 60, 3, 3, 3.0, "2030-01-01")
    measured = tmp_path / "languages.json"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        languages, "read", lambda: [*kept, Row("Python", "grpcio 8", "fix", 1, 1, 1, 1.0, "")]
    )
    monkeypatch.setattr(languages, "MEASURED", measured)
    monkeypatch.setattr(
        languages, "_rows", lambda here: [new] if [one.name for one in here] == ["Python"] else []
    )
    assert languages.main() == 0
    assert read(measured) == [new, *kept]
    assert "Go is left out: there is no go on PATH." in capsys.readouterr().out


def test_a_program_that_fails_is_shown_with_its_words(tmp_path: Path) -> None:
    command = ["python3", "-c", "import sys; sys.exit('no such policy')"]
    with pytest.raises(languages.LanguageError, match=r"(?s)Go, fix: python3.*no such policy"):
        languages.run(command, tmp_path, 60, "Go, fix")


@pytest.mark.parametrize(
    ("language", "target"),
    [("Go", "dns://127.0.0.53:1053/demo-fix:50051"), ("Java", "dns:///demo-fix:50051")],
)
def test_a_target_names_the_dns_server_where_the_language_honours_it(language: str, target: str) -> None:
    to = languages.Greeter("demo-fix", "127.0.0.53:1053", {})
    (one,) = (each for each in languages.LANGUAGES if each.name == language)
    assert to.target(one) == target
