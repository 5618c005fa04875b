from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.exceptions import ProtocolError

from helpers.cli import commands
from helpers.deploy import diff, images, ingress_readiness, variants
from helpers.lab import cluster, image_tags
from helpers.lab.errors import LabError
from helpers.lab.objects import PART_OF, Object
from helpers.lab.rbac import DeniedError, Rule
from tests.helpers.deploy.test_ingress import class_of
from tests.helpers.deploy.test_variants import Cluster
from tests.helpers.fakes import fake_lab, made, pod, refused


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A cluster in memory, behind every context."""
    lab = fake_lab()
    lab.objects = Cluster(class_of("nginx"), made("Namespace", "me", metadata={"namespace": ""}))
    monkeypatch.setattr(commands, "look", lambda *_, **__: lab)
    monkeypatch.setattr(commands, "server_of", lambda _: lab.server)
    monkeypatch.setattr(images, "way_to", lambda *_: images.Way(images.NOWHERE, "test", "it is a test"))
    monkeypatch.setattr(cluster, "load", lambda _: None)
    # The controller has no address here; what is waited for there has its own test.
    monkeypatch.setattr(ingress_readiness, "reach_ingress", lambda *_, **__: None)
    return lab


@pytest.fixture
def done(place: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the commands did, in order."""
    assert place.objects.calls == []
    steps: list[str] = []

    def noting(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **options: Any) -> Any:
            steps.append(step)
            return function(*arguments, **options)

        return noted

    monkeypatch.setattr(images, "build", noting("build", images.build))
    monkeypatch.setattr(diff, "variant_differences", noting("diff", diff.variant_differences))
    monkeypatch.setattr(commands, "apply", noting("apply", variants.apply))
    return steps


def run(*words: str) -> int:
    return commands.main([*words, "--context", "test", "-n", "me"])


# --- the chain ----------------------------------------------------------------------------------------------


def test_what_was_built_is_what_is_applied_then_and_later(
    place: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(images, "way_to", lambda *_: images.Way(images.PUSH, "test", "it is a test"))
    monkeypatch.setattr(images, "build", lambda *_, **__: "20261124-100000-000")
    place.image_prefix = "r/x"
    assert run("build", "apply", "--variant", "greeter", "--image-prefix", "r/x") == 0
    (container,) = place.objects.get("Deployment", "me", "demo")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "r/x-greeter:20261124-100000-000"
    assert image_tags.recorded("test", "r/x") == "20261124-100000-000"


def test_the_order_is_build_diff_apply_whatever_the_order_given(done: list[str]) -> None:
    assert run("apply", "diff", "build", "--variant", "clusterip") == 0
    assert done == ["build", "diff", "apply", "apply"]


def test_without_a_difference_the_chain_ends_and_says_so(
    done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("apply", "--variant", "clusterip") == 0
    done.clear()
    capsys.readouterr()
    assert run("build", "diff", "apply", "--variant", "clusterip") == 0
    assert done == ["build", "diff"]
    assert "No difference in namespace me; there is nothing to apply." in capsys.readouterr().out


def test_diff_alone_tells_by_its_status_and_changes_nothing(place: Any) -> None:
    assert run("diff", "--variant", "clusterip") == commands.DIFFERENT
    assert place.objects.calls == []
    assert run("apply", "--variant", "clusterip") == 0
    assert run("diff", "--variant", "clusterip") == commands.SAME


def test_diff_does_not_make_the_namespace(place: Any, capsys: pytest.CaptureFixture[str]) -> None:
    del place.objects.known["Namespace", "", "me"]
    assert run("diff", "--variant", "greeter") == commands.DIFFERENT
    assert capsys.readouterr().out.startswith("+ Namespace me\n")
    assert place.objects.get("Namespace", "", "me") is None


def test_a_namespace_that_may_not_be_read_is_taken_for_granted(place: Any) -> None:
    place.objects.refusals["get", "Namespace"] = refused(403, "forbidden")
    assert run("diff", "--variant", "greeter") == commands.DIFFERENT


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_gets_colours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    run("diff", "--variant", "greeter")
    assert (diff.GREEN in capsys.readouterr().out) is terminal


# --- which variants -----------------------------------------------------------------------------------------


def clients(lab: Any) -> list[str]:
    return [name for verb, kind, name in lab.objects.calls if name.startswith("client-") and kind and verb]


def test_the_course_is_what_is_applied(place: Any) -> None:
    assert run("apply") == 0
    assert clients(place) == [f"client-{variant}" for variant in commands.COURSE]


def test_a_variant_that_the_cluster_cannot_serve_is_left_out_in_words(
    place: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    del place.objects.known["IngressClass", "", "nginx"]
    assert run("apply") == 0
    assert "client-ingress" not in clients(place)
    assert "Left out: ingress" in capsys.readouterr().out


# --- status, logs, delete -----------------------------------------------------------------------------------


def client(name: str, **fields: Any) -> Object:
    return pod(name, labels={"app": "client-clusterip"}, **fields)


def test_status_says_pods_per_deployment(place: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run("apply", "--variant", "clusterip")
    place.objects.put(client("client-clusterip-1"))
    place.objects.put(client("client-clusterip-2", ready=False))
    capsys.readouterr()
    assert run("status", "--variant", "clusterip") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Deployment client-clusterip: 2 of 2 pods ready",
        "  client-clusterip-1 is running",
        "  client-clusterip-2 runs but is not ready",
    ]


def test_status_says_what_it_can_without_the_right_to_list_pods(
    place: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run("apply", "--variant", "clusterip")
    rule = Rule("list", "pods", namespace="me")
    place.objects.refusals["list", "Pod"] = DeniedError(rule, refused(403, "forbidden"))
    assert run("status") == 0
    told = capsys.readouterr().out
    assert str(rule) in told
    assert "Deployment demo: 3 of 3 pods ready" in told


def test_logs_have_the_clients_name_before_each_line(place: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def read(name: str, _namespace: str, **options: Any) -> Any:
        if name.endswith("2"):
            raise refused(400, "container is waiting to start")
        return SimpleNamespace(data=f"one of {options['tail_lines']}\n{options['container']}\n".encode())

    place.core = SimpleNamespace(read_namespaced_pod_log=read)
    for item in (client("client-clusterip-1"), client("client-clusterip-2"), pod("demo-1")):
        place.objects.put(item)
    assert run("logs", "--tail", "2") == 0
    told = capsys.readouterr()
    assert told.out == "client-clusterip-1 | one of 2\nclient-clusterip-1 | client\n"
    assert told.err == "client-clusterip-2 has no log: container is waiting to start.\n"


def test_delete_takes_away_what_is_ours(place: Any) -> None:
    run("apply", "--variant", "clusterip")
    place.objects.put(made("Service", "theirs", ours=False))
    assert run("delete") == 0
    left = {name for (kind, namespace, name) in place.objects.known if namespace == "me" and kind}
    assert left == {"theirs"}
    assert place.objects.get("Service", "me", "theirs")["metadata"]["labels"].get(PART_OF) is None


# --- errors -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "words",
    [[], ["deploy"], ["delete", "apply"], ["logs", "--tail", "0"], ["diff", "--variant", "rbac"]],
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (LabError("There is no such context."), "There is no such context.\n"),
        (refused(500, "etcd is away"), "The API server refused (500): etcd is away.\n"),
        (ProtocolError("gone"), "The API server does not answer any more (ProtocolError); "),
    ],
)
def test_an_error_is_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, sentence: str
) -> None:
    def look(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(commands, "look", look)
    assert run("build", "diff") == commands.FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(sentence)
    assert len(told.err.splitlines()) == 1
