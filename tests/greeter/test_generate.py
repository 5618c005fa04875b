"""The committed code is what the proto says."""

from __future__ import annotations

from pathlib import Path

import pytest

from greeter import generate


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate.generate(folder)
    return folder


@pytest.mark.parametrize("name", generate.GENERATED)
def test_generated_code_is_fresh(fresh: Path, name: str) -> None:
    place = generate.PROTO.with_name(name)
    assert (generate.ROOT / place).read_text() == (fresh / place).read_text()
