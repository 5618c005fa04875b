from __future__ import annotations

import pytest

from helpers.lab import progress


def test_a_bar_is_shown_to_somebody_and_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "attended", lambda: True)
    with progress.bar(3, "demo ready", "pods") as reached:
        reached(2)
        reached(7)
    shown = capsys.readouterr().err
    assert "demo ready" in shown
    assert not shown.endswith("\n")


def test_nothing_is_written_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "attended", lambda: False)
    with progress.bar(3, "demo ready", "pods") as reached:
        reached(3)
    assert capsys.readouterr() == ("", "")
