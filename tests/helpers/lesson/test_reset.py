from __future__ import annotations

from typing import Any

import pytest

from helpers.cli import commands
from helpers.deploy import ingress_readiness
from helpers.lab.errors import LabError
from helpers.lesson import reset
from tests.helpers.deploy.test_ingress import class_of
from tests.helpers.deploy.test_variants import Cluster
from tests.helpers.fakes import fake_lab, made
from tests.notebooks.conftest import PATHS

NAMESPACE = made("Namespace", "me", metadata={"namespace": ""})
# What the first section of a notebook deploys.
OPENINGS = {
    "00-setup": [],
    "01-clusterip": ["greeter", "clusterip"],
    "02-headless": ["greeter", "headless"],
    "03-ingress": ["greeter", "ingress"],
    "04-envoy": ["greeter", "envoy"],
    "05-compare": ["greeter", "clusterip", "headless", "headless-round-robin", "ingress", "envoy"],
    "06-nginx-tls": ["greeter"],
    "production/01-scaling": ["greeter", "scaling-aging", "scaling"],
    "production/02-rollout": ["rollout"],
    "production/03-failure": ["failure"],
    "production/04-streams": ["greeter", "streams"],
}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A lab in which somebody left things."""
    lab = fake_lab()
    left = [made("Service", "demo-left"), made("Secret", "left"), made("ConfigMap", "theirs", ours=False)]
    lab.objects = Cluster(class_of("nginx"), NAMESPACE, *left)
    monkeypatch.setattr(ingress_readiness, "reach_ingress", lambda *_, **__: None)
    return lab


def names(lab: Any, kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in lab.objects.select(kind, "me")}


@pytest.mark.parametrize("name", OPENINGS)
def test_an_opening_is_read_from_the_notebook(name: str) -> None:
    assert reset.opening(reset.find_notebook(name)) == OPENINGS[name]


@pytest.mark.parametrize("name", ["03", "03-ingress", "03-ingress.ipynb", " 03 ", "3"])
def test_a_notebook_is_found_by_number_or_name(name: str) -> None:
    assert reset.find_notebook(name).name == "03-ingress.ipynb"


@pytest.mark.parametrize("name", ["", "07-none", "ingress", "../03"])
def test_an_unknown_notebook_changes_nothing_and_is_told_the_others(name: str, place: Any) -> None:
    with pytest.raises(LabError, match=r"There is no notebook .*00-setup, 01-clusterip"):
        reset.reset(place, name)
    assert place.objects.calls == []


def test_what_the_opening_deploys_is_there_and_nothing_else_of_ours(place: Any) -> None:
    assert reset.reset(place, "02") == ["greeter", "headless"]
    assert names(place, "Deployment") == {"demo", "client-headless"}
    assert names(place, "Service") == {"demo-headless"}
    assert names(place, "Secret") == set()
    assert names(place, "ConfigMap") == {"theirs"}
    assert ("delete Foreground", "Namespace", "me") not in place.objects.calls


def test_setup_begins_with_nothing(place: Any) -> None:
    assert reset.reset(place, "00") == []
    assert names(place, "Deployment") == set()


def test_without_the_ingress_class_its_variant_is_left_out(place: Any) -> None:
    place.objects.known.pop(("IngressClass", "", "nginx"))
    assert reset.reset(place, "03") == ["greeter"]


def test_a_trainer_says_it_in_a_terminal(
    place: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "look", lambda *_, **__: place)
    assert commands.main(["reset", "02", "-n", "me"]) == 0
    assert capsys.readouterr().out == "Namespace me of test is as 02-headless begins: greeter, headless.\n"
    assert names(place, "Deployment") == {"demo", "client-headless"}


@pytest.mark.parametrize("words", [["reset"], ["reset", "01", "02"], ["apply", "reset", "01"], ["resett"]])
def test_a_reset_goes_alone_with_one_notebook(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main(words)
    assert ended.value.code == 2
    assert "reset" in capsys.readouterr().err


def test_an_unknown_notebook_is_said_before_any_cluster_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["reset", "99", "--context", "nowhere"]) == 2
    assert 'There is no notebook "99"' in capsys.readouterr().err


def test_every_notebook_can_be_reset_to() -> None:
    for path in PATHS:
        reset.opening(path)
