from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpers.report.conditions import conditions

VERSION = "v1.36.2"


@pytest.mark.parametrize(
    ("local", "said"), [(True, f"{VERSION} (emulated: pods are processes of this machine)"), (False, VERSION)]
)
def test_an_emulated_cluster_is_called_one(local: bool, said: str) -> None:
    rows = dict(
        conditions(
            {"server_version": VERSION}, local=local, started=datetime(2026, 1, 2, tzinfo=UTC), seconds=1
        )
    )
    assert rows["Kubernetes"] == said


def test_what_is_not_known_is_not_said() -> None:
    rows = dict(conditions({}, local=False, started=datetime(2026, 1, 2, tzinfo=UTC), seconds=1))
    assert "Kubernetes" not in rows
