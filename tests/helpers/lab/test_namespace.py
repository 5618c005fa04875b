from __future__ import annotations

from typing import Any

import pytest

from helpers.lab.errors import LabError
from helpers.lab.namespace import created_by_lab, ensure_namespace
from tests.helpers.fakes import fake_lab, made, refused


def test_a_missing_namespace_is_made_and_marked() -> None:
    place = fake_lab()
    ensure_namespace(place)
    [namespace] = place.objects.select("Namespace", "")
    assert namespace["metadata"]["labels"] == {"app.kubernetes.io/part-of": "grpc-lab"}
    assert created_by_lab(place)


def namespace(**metadata: Any) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": "me", **metadata}}


def test_an_existing_namespace_is_used_and_not_taken_over() -> None:
    place = fake_lab(namespace(labels={"app.kubernetes.io/part-of": "grpc-lab"}))
    ensure_namespace(place)
    assert place.objects.calls == []
    assert not created_by_lab(place)


def test_a_namespace_that_is_going_is_waited_for() -> None:
    place = fake_lab({**namespace(), "status": {"phase": "Terminating"}})
    place.objects.meanwhile = [place.objects.known.clear]
    ensure_namespace(place)
    assert place.objects.calls == [("create", "Namespace", "me")]


def test_a_namespace_that_does_not_go_is_said_with_the_reason() -> None:
    held = {
        "type": "NamespaceContentRemaining",
        "status": "True",
        "message": "pods. has 1 resource instances",
    }
    place = fake_lab({**namespace(), "status": {"phase": "Terminating", "conditions": [held]}})
    with pytest.raises(LabError, match=r"Namespace me is still being deleted \(pods. has 1"):
        ensure_namespace(place)


def test_who_may_not_read_namespaces_uses_it_as_it_is() -> None:
    place = fake_lab()
    place.objects.refusals["get", "Namespace"] = refused(403, "forbidden")
    ensure_namespace(place)
    assert place.objects.calls == []


def test_who_may_not_make_one_is_told_to_name_one() -> None:
    place = fake_lab()
    place.objects.refusals["create", "Namespace"] = refused(403, "namespaces is forbidden")
    with pytest.raises(LabError, match=r"no namespace me.*namespaces is forbidden.*connect\(namespace"):
        ensure_namespace(place)


def test_a_namespace_made_by_somebody_quicker_is_used() -> None:
    place = fake_lab(made("Service", "demo"))
    place.objects.refusals["create", "Namespace"] = refused(409, "already exists")
    ensure_namespace(place)
