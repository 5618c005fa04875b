from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lab import image_tags
from helpers.lab.errors import LabError


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "grpc-lab" / "image-tags.json"


def test_the_last_build_of_a_context_and_a_prefix_is_known_later() -> None:
    image_tags.record("one", "r/x", "1")
    image_tags.record("one", "r/y", "2")
    image_tags.record("two", None, "3")
    image_tags.record("one", "r/x", "4")
    found = [
        image_tags.recorded(*key) for key in (("one", "r/x"), ("one", "r/y"), ("two", None), ("two", "r/x"))
    ]
    assert found == ["4", "2", "3", None]


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_file_that_is_damaged_is_as_none(state: Path, text: str) -> None:
    state.parent.mkdir()
    state.write_text(text)
    assert image_tags.recorded("one", None) is None
    image_tags.record("one", None, "1")
    assert image_tags.recorded("one", None) == "1"


def test_where_nothing_can_be_kept_the_tag_can_be_set(state: Path) -> None:
    state.parent.write_text("a file in the place of the folder")
    with pytest.raises(LabError, match="set LAB_IMAGE_TAG=7 before"):
        image_tags.record("one", None, "7")


def test_without_a_home_folder_no_tag_is_known_and_the_next_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert image_tags.recorded("one", None) is None
    with pytest.raises(LabError, match=r"has no home folder; set LAB_IMAGE_TAG=5 before"):
        image_tags.record("one", None, "5")
