from __future__ import annotations

import copy
from typing import Any

import pytest

from helpers.deploy import diff
from helpers.deploy.variants import planned
from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from tests.helpers.fakes import fake_lab, made, refused

SERVICE: Object = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "demo", "namespace": "me"},
    "spec": {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "ports": [{"port": 50051}]},
}


def changed(item: Object, **spec: Any) -> Object:
    return {**item, "spec": {**item["spec"], **spec}}


def test_a_changed_field_is_shown_with_its_surroundings() -> None:
    text = diff.difference(SERVICE, changed(SERVICE, ports=[{"port": 50052}]))
    assert text.startswith("--- Service demo (live)\n+++ Service demo (applied)\n@@ ")
    assert [line for line in text.splitlines()[3:] if line[0] in "+-"] == [
        "-  - port: 50051",
        "+  - port: 50052",
    ]


def test_what_the_server_notes_for_itself_is_no_difference() -> None:
    noise = dict.fromkeys(diff.NOISE, "x")
    live = {**copy.deepcopy(SERVICE), "status": {"loadBalancer": {}}}
    live["metadata"].update(noise)
    assert diff.difference(live, SERVICE) == ""


def test_of_something_new_nothing_is_shown_that_the_server_will_choose_again() -> None:
    text = diff.difference(None, SERVICE)
    assert "clusterIP" not in text
    assert all(line.startswith("+") for line in text.splitlines()[3:])
    assert "+  clusterIP: None" in diff.difference(None, changed(SERVICE, clusterIP="None"))


def test_a_text_of_several_lines_differs_by_line() -> None:
    one, two = (changed(SERVICE, text=f"first\nsecond {word}\nthird\n") for word in "ab")
    lines = diff.difference(one, two).splitlines()
    assert "+    second b" in lines
    assert "     first" in lines


def test_everything_of_a_variant_is_compared_and_an_applied_one_is_the_same() -> None:
    lab = fake_lab()
    found = diff.variant_differences(lab, ["greeter", "clusterip"])
    assert [text.splitlines()[0] for text in found] == [
        "--- Deployment demo (live)",
        "--- Service demo-clusterip (live)",
        "--- Deployment client-clusterip (live)",
    ]
    for item in [*planned(lab, "greeter"), *planned(lab, "clusterip")]:
        lab.objects.put(item)
    assert diff.variant_differences(lab, ["greeter", "clusterip"]) == []
    assert lab.objects.calls == []


def test_what_only_a_run_can_know_is_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_INGRESS_CLASSES", "nginx")
    lab = fake_lab()
    secret = "+ Secret demo-ingress-tls, whose content is known when apply runs\n"
    assert secret in diff.variant_differences(lab, ["ingress"])
    lab.objects.put(made("Secret", "demo-ingress-tls", data={"tls.key": "c2VjcmV0"}))
    found = diff.variant_differences(lab, ["ingress"])
    assert secret not in found
    assert "c2VjcmV0" not in "".join(found)


def test_without_its_namespace_all_is_new_and_the_server_is_not_asked() -> None:
    lab = fake_lab()
    for verb in ("get", "apply"):
        lab.objects.refusals[verb, "Deployment"] = refused(404, "no such namespace")
    [text] = diff.variant_differences(lab, ["greeter"], namespace_exists=False)
    assert "+  replicas: 3" in text


def test_what_the_server_would_refuse_is_an_error() -> None:
    lab = fake_lab()
    lab.objects.refusals["apply", "Deployment"] = refused(422, "replicas: Invalid value")
    with pytest.raises(LabError, match="Deployment demo in namespace me was refused"):
        diff.variant_differences(lab, ["greeter"])


def test_colours_are_those_of_a_difference_and_change_no_text() -> None:
    text = diff.difference(SERVICE, changed(SERVICE, ports=[{"port": 50052}]))
    shown = diff.coloured(text)
    assert f"{diff.GREEN}+  - port: 50052{diff.PLAIN}\n" in shown
    assert f"{diff.RED}-  - port: 50051{diff.PLAIN}\n" in shown
    for code in (*diff.COLOURS.values(), diff.PLAIN):
        shown = shown.replace(code, "")
    assert shown == text
