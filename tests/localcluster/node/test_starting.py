"""From a container to a command, or to the reason why there is none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcluster.host import programs
from localcluster.node.catalogue import KNOWN, Catalogue, Command, Image, Request
from localcluster.node.settings import Settings
from localcluster.node.starting import StartError, Supplies, prepare
from tests.localcluster.node.lab import CATALOGUE, container, pod

SETTINGS = Settings(address="127.70.0.1", api=("127.70.0.1", 6443), dns=lambda _: "127.70.1.1:1053")


def nothing(_kind: str, _name: str) -> None:
    return None


def made(
    spec: dict[str, Any], catalogue: Catalogue = CATALOGUE, settings: Settings = SETTINGS, **of_pod: Any
) -> Command:
    whole = {**pod("demo", spec, **of_pod), "status": {"podIP": "127.70.64.1"}}
    return prepare(spec, whole, Path("folder"), Supplies(settings, catalogue, nothing, list))


def refusal(spec: dict[str, Any], catalogue: Catalogue = CATALOGUE) -> StartError:
    with pytest.raises(StartError) as caught:
        made(spec, catalogue)
    return caught.value


def test_references_in_arguments_are_replaced() -> None:
    command = made(container("$(A) $(KUBERNETES_SERVICE_PORT) $(B)", env=[{"name": "A", "value": "1"}]))
    assert command.argv[-1] == "1 6443 $(B)"
    assert command.environment["A"] == "1"


def test_a_pod_is_called_as_it_says() -> None:
    assert made(container()).environment["HOSTNAME"] == "demo"
    assert made(container(), hostname="other").environment["HOSTNAME"] == "other"


def test_a_tag_that_nobody_built_until_somebody_does(tmp_path: Path) -> None:
    nope = {"name": "c", "image": "greeter:nope"}
    problem = refusal(nope, KNOWN)
    full = "docker.io/library/greeter:nope"
    assert problem.reason == "ErrImagePull"
    assert str(problem).startswith(f'failed to resolve reference "{full}": {full}: not found')
    assert "python -m localcluster load greeter:nope" in str(problem)
    never = refusal({**nope, "imagePullPolicy": "Never"}, KNOWN)
    assert (never.reason, "localcluster load" in never.advice) == ("ErrImageNeverPull", True)
    record = tmp_path / "images"
    record.write_text("docker.io/library/greeter:nope\n")
    command = made(nope, KNOWN, replace(SETTINGS, images=record))
    assert command.argv[-2:] == ["-m", "greeter"]


def test_a_command_of_its_own() -> None:
    spec = container(image="demo/greeter:dev", command=["python", "-c"], args=["print($(A))"])
    command = made({**spec, "env": [{"name": "A", "value": "1"}]}, KNOWN)
    assert list(command.argv[1:]) == ["-c", "print(1)"]


@pytest.mark.parametrize(
    ("image", "program", "why"),
    [
        ("greeter", "sh", 'exec: "sh": executable file not found in $PATH'),
        ("greeter", "/bin/sh", 'exec: "/bin/sh": stat /bin/sh: no such file or directory'),
        ("envoyproxy/envoy:v1.40.0", "python", 'exec: "python": executable file not found in $PATH'),
    ],
)
def test_a_program_that_the_image_has_not(image: str, program: str, why: str) -> None:
    problem = refusal(container(image=image, command=[program]), KNOWN)
    assert problem.reason == "RunContainerError"
    assert why in str(problem)
    assert "SCOPE.md" in str(problem)


@pytest.mark.parametrize(
    ("policy", "resolver"),
    [("ClusterFirst", "127.70.1.1:1053"), ("ClusterFirstWithHostNet", "127.70.1.1:1053"), ("Default", "")],
)
def test_who_is_asked_for_names(policy: str, resolver: str) -> None:
    command = made(container(image="greeter"), KNOWN, dnsPolicy=policy)
    assert command.environment["LOCALCLUSTER_RESOLVER"] == resolver
    assert command.environment.get("LOCALDOMAIN") == ("." if resolver else None)


def test_a_program_that_is_not_installed() -> None:
    def missing(_: Request) -> Command:
        raise programs.ProgramError("Envoy is missing; install it")

    images = Catalogue([Image(CATALOGUE.images[0].name, missing)])
    problem = refusal(container(), images)
    assert (problem.reason, str(problem)) == ("CreateContainerError", "Envoy is missing; install it")
