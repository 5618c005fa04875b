from __future__ import annotations

from pathlib import Path

from controlplane.generate import ROOT, generate


def test_the_committed_code_is_what_the_protos_say(tmp_path: Path) -> None:
    for made in generate(tmp_path):
        assert made.read_text() == (ROOT / made.relative_to(tmp_path)).read_text(), made.name
