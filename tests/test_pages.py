"""What README.md and FIX.md let a reader type is run on a local cluster, or compared with its subject."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

import helpers
from greeter.v1 import greeter_pb2, greeter_pb2_grpc
from helpers.cli import commands
from helpers.lab.lab import Lab
from helpers.lesson.excerpts import FIX, README, ROOT, refreshed
from helpers.observe.pods import python_pod, run_to_end
from localcluster import cli as local
from tests.own import local_cluster

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (README, FIX)}
# Compiled and run by `make languages`, which asserts what FIX.md says of them.
ELSEWHERE = {"go", "java", "js"}


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(PAGES[page]) if kind == language]


def typed() -> list[str]:
    """The lines to type: indented ones, and whole commands in the text."""
    found = []
    for text in PAGES.values():
        bare = BLOCK.sub("", text)
        found += re.findall(r"^    (?! )(\S.*)$", bare, re.MULTILINE)
        found += re.findall(r"`((?:python -m helpers|kubectl|docker|\.venv/bin/jupyter) [^`]+)`", bare)
    return [line.partition("   #")[0].strip() for line in found]


def one(prefix: str) -> str:
    """The only line that begins so."""
    (line,) = {line for line in typed() if line.startswith(prefix)}
    return line


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with a client that a ClusterIP pins, and with the pods of the fix but not its Service."""
    with (
        local_cluster("pages", tmp_path_factory.mktemp("home"), LAB_PACE="20") as kubeconfig,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("KUBECONFIG", str(kubeconfig))
        made = helpers.connect(namespace="grpc-lab")
        shell(f"kubectl config set-context --current --namespace={made.namespace}")
        for folder in ("greeter", "clusterip"):
            helpers.apply(made, folder)
        helpers.collect_greetings(made, "clusterip", at_least=120)
        yield made


def shell(text: str, fed: str = "") -> str:
    ended = subprocess.run(  # noqa: S603 - what our own pages say
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", text],
        input=fed,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


# --- copies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [FIX, README], ids=lambda page: page.name)
def test_what_a_page_quotes_is_what_its_source_says(page: Path) -> None:
    assert refreshed(page) == page.read_text(encoding="utf-8"), "run `make pages`"


def test_the_readme_opens_with_the_short_form_of_the_fix() -> None:
    opening = PAGES["README.md"].partition("make report")[0]
    assert "FIX.md" in opening
    for language in ("yaml", "python"):
        assert blocks("FIX.md", language)[0] in opening


def test_every_block_has_a_language_that_is_tested() -> None:
    kinds = {kind for text in PAGES.values() for kind, _ in BLOCK.findall(text)}
    assert kinds == {"sh", "yaml", "python", *ELSEWHERE}
    assert [len(blocks("FIX.md", kind)) for kind in ("sh", "yaml", "python")] == [1, 2, 2]
    assert [len(blocks("README.md", kind)) for kind in ("sh", "yaml", "python")] == [0, 1, 2]


# --- FIX.md, from the question to the fix -------------------------------------------------------------------


@pytest.mark.usefixtures("lab")
def test_three_commands_say_yes_for_a_pinned_client() -> None:
    (block,) = blocks("FIX.md", "sh")
    address, *slices, last = shell(block).splitlines()
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", address)
    assert slices[0].split()[-2:] == ["ENDPOINTS", "AGE"]
    assert slices[1].count(",") == 2
    assert re.fullmatch(r" *60 demo-\S+", last)
    assert len(slices) == 2


def test_the_service_and_the_client_of_the_short_form_reach_every_pod(lab: Lab) -> None:
    shell("kubectl apply -f manifests/fix/deployment.yaml")
    shell("kubectl rollout status deployment/demo-fix --timeout=240s")
    shell("kubectl apply -f -", blocks("README.md", "yaml")[0])
    use = """
from greeter.v1.greeter_pb2 import HelloRequest
from greeter.v1.greeter_pb2_grpc import GreeterStub

with dial("dns:///demo-fix:50051") as channel:
    GreeterStub(channel).SayHello(HelloRequest(name="you"), timeout=60, wait_for_ready=True)
    for _ in range(60):
        print(GreeterStub(channel).SayHello(HelloRequest(name="you"), timeout=60).message)
"""
    answers = run_to_end(lab, python_pod(lab, blocks("README.md", "python")[0] + use, {})).splitlines()
    pods = lab.objects.select("Pod", lab.namespace, labels="app=demo-fix")
    assert {line.split('"')[1] for line in answers} == {pod["metadata"]["name"] for pod in pods}
    assert len(pods) == 3


def test_the_deployment_of_the_fix_is_what_runs(lab: Lab) -> None:
    told = yaml.safe_load(blocks("FIX.md", "yaml")[1])["spec"]
    shell("kubectl apply -f manifests/fix/deployment.yaml")
    live = lab.objects.get("Deployment", lab.namespace, "demo-fix")
    assert live is not None
    assert within(told, live["spec"]["template"]["spec"])
    container = told["containers"][0]
    grace = int(container["args"][-1].removeprefix("--grace="))
    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert told["terminationGracePeriodSeconds"] > sleep + grace


def within(told: Any, live: Any) -> bool:
    """Whether the live object says all that is told."""
    if isinstance(told, dict):
        return isinstance(live, dict) and all(within(value, live.get(key)) for key, value in told.items())
    if isinstance(told, list):
        return len(told) == len(live) and all(map(within, told, live))
    return bool(told == live)


def test_the_server_of_the_fix_serves() -> None:
    space: dict[str, Any] = {}
    exec(blocks("FIX.md", "python")[1], space)  # noqa: S102 - what our own page says
    server = space["new_server"]()
    greeter_pb2_grpc.add_GreeterServicer_to_server(Answering(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            request = greeter_pb2.HelloRequest(name="you")
            reply = greeter_pb2_grpc.GreeterStub(channel).SayHello(request, timeout=60)
    finally:
        server.stop(None).wait()
    assert reply.message == "you"


class Answering(greeter_pb2_grpc.GreeterServicer):
    def SayHello(  # noqa: N802 - the method's name in the proto
        self, request: greeter_pb2.HelloRequest, _context: grpc.ServicerContext
    ) -> greeter_pb2.HelloReply:
        return greeter_pb2.HelloReply(message=request.name)


# --- lines to type ------------------------------------------------------------------------------------------

# What a line begins with, and the test that has it.
TESTED = {
    "make ": "tests/test_project.py::test_make_knows_every_verb_that_the_pages_name",
    "docker ": "test_docker_lines_name_what_the_dockerfile_has",
    "mkdir ": "a folder of the reader's own",
    "python -m helpers diagnose": "test_diagnose_looks_at_the_service_that_is_named",
    "python -m helpers": "test_lines_for_another_cluster_are_understood",
    "python -m localcluster start": "test_the_local_cluster_is_reached_as_the_readme_says",
    ". .venv/bin/activate": "test_the_local_cluster_is_reached_as_the_readme_says",
    "export KUBECONFIG": "test_the_local_cluster_is_reached_as_the_readme_says",
    "kubectl -n grpc-lab logs": "test_the_original_demos_way_of_looking_works",
    "kubectl logs --prefix": "test_the_servers_logs_name_their_pods",
    ".venv/bin/jupyter nbconvert": "test_one_page_is_made_of_a_notebook_that_is_there",
}


def test_every_line_to_type_is_tested() -> None:
    lines = typed()
    assert len(lines) > 12
    assert [line for line in lines if not line.startswith(tuple(TESTED))] == []
    for begin, test in TESTED.items():
        assert any(line.startswith(begin) for line in lines), begin
        assert not test.startswith("test_") or test in globals()


def test_docker_lines_name_what_the_dockerfile_has() -> None:
    dockerfile, entrypoint = (ROOT / "Dockerfile").read_text(), (ROOT / "entrypoint.sh").read_text()
    lines = [shlex.split(line, comments=True) for line in typed() if line.startswith("docker ")]
    assert {words[1] for words in lines} == {"build", "run"}
    for words in lines:
        if words[1] == "build":
            assert f" AS {words[words.index('--target') + 1]}\n" in dockerfile
        elif words[-1] != "grpc-lab":
            assert re.search(rf"\b{words[-1]}\b", entrypoint)


def test_diagnose_looks_at_the_service_that_is_named(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lines = {line for line in typed() if line.startswith("python -m helpers diagnose")}
    assert len(lines) == 3
    put = {"checkout": "demo-clusterip", "NAME": "demo-clusterip", "prod": "local", "CONTEXT": "local"}
    put |= {"shop": lab.namespace, "NAMESPACE": lab.namespace, "my-manifests/": "manifests/fix"}
    for line in lines:
        words = shlex.split(re.sub(r"[\w-]+/?(?=\s|$)", lambda word: put.get(word[0], word[0]), line))[3:]
        assert commands.main(words) == (0 if "-f" in words else 1)
        found = capsys.readouterr().out
        assert ("headless-client" if "-f" in words else "clusterip-pins") in found


def test_lines_for_another_cluster_are_understood() -> None:
    lines = [line for line in typed() if line.startswith("python -m helpers ") and "diagnose" not in line]
    assert lines
    for line in lines:
        options = commands._parse(shlex.split(line)[3:])
        assert options.commands


@pytest.mark.usefixtures("lab")
def test_the_local_cluster_is_reached_as_the_readme_says() -> None:
    assert local._parser().parse_args(shlex.split(one("python -m localcluster start"))[3:])
    export = one("export KUBECONFIG").replace("python", shlex.quote(sys.executable))
    assert shell(f"{export}; kubectl config current-context").strip() == "local"
    assert one(". .venv") == ". .venv/bin/activate"


@pytest.mark.usefixtures("lab")
def test_the_original_demos_way_of_looking_works() -> None:
    line = one("kubectl -n grpc-lab logs").replace("client-ingress", "client-clusterip")
    assert len(re.findall(r'Greeting: "demo-\S+" says: Hello world', shell(line))) == 5


def test_the_servers_logs_name_their_pods(lab: Lab) -> None:
    told = re.findall(r"^\[pod/(\S+)/greeter\] ", shell(one("kubectl logs --prefix")), re.MULTILINE)
    assert set(told) == set(helpers.server_pods(lab))


def test_one_page_is_made_of_a_notebook_that_is_there() -> None:
    line = one(".venv/bin/jupyter nbconvert")
    assert (ROOT / line.split()[-1]).exists()


def test_a_cluster_of_ones_own_is_named_with_arguments_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str] = {}
    monkeypatch.setattr(helpers, "connect", lambda **named: asked.update(named))
    exec(blocks("README.md", "python")[1], {"helpers": helpers})  # noqa: S102 - what our own page says
    monkeypatch.undo()
    assert asked.keys() <= set(helpers.connect.__annotations__)
