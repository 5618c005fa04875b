"""Which commands bring the image to which cluster: run, with programs that only note how they are called."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.deploy import images
from helpers.deploy.images import PUSH, Way
from helpers.lab import cluster
from helpers.lab.errors import LabError

ANYWHERE = "https://192.0.2.1:6443"
PREFIX = "mkmik/tlsdemo"
IMAGE, FULL = "mkmik/tlsdemo-greeter:v1", "docker.io/mkmik/tlsdemo-greeter:v1"
BUILD = ["build", "--target", "greeter", "--tag"]
ROOT = str(images.ROOT)
KIND, MINIKUBE, K3D, REMOTE = (
    Way(name, "demo", "somebody said so") for name in ("kind", "minikube", "k3d", PUSH)
)


class Programs:
    """A PATH of programs that write down their arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.record = folder / "bin", folder / "calls"
        self.folder.mkdir()

    def add(self, *names: str, fails_at: str = "") -> None:
        """Put programs on PATH; one fails where its first argument is ``fails_at``."""
        for name in names:
            path = self.folder / name
            path.write_text(
                f"#!{sys.executable} -SE\n"
                "import json, sys\n"
                f"open({str(self.record)!r}, 'a').write(json.dumps([{name!r}, *sys.argv[1:]]) + chr(10))\n"
                f"sys.exit('no daemon here' if sys.argv[1] == {fails_at!r} else 0)\n"
            )
            path.chmod(stat.S_IRWXU)

    def calls(self) -> list[list[str]]:
        """What was called, but for the builders' own checks."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [call for call in map(json.loads, lines) if call[1] not in {"version", "info"}]


def greeters(calls: list[list[str]]) -> list[list[str]]:
    """The calls for the greeter's image; those for the control plane's are alike and come after them."""
    half = calls[: len(calls) // 2]
    others = [[word.replace("greeter", "controlplane") for word in call] for call in half]
    assert calls[len(half) :] == others
    return half


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    made = Programs(tmp_path)
    monkeypatch.setenv("PATH", str(made.folder))
    return made


def build(way: Way, **options: Any) -> list[str]:
    said: list[str] = []
    images.build(way, **{"prefix": PREFIX, "tag": "v1", "say": said.append, **options})
    return said


# --- which builder ------------------------------------------------------------------------------------------


def test_the_first_builder_that_works_is_chosen(programs: Programs) -> None:
    programs.add("docker", fails_at="version")
    programs.add("podman", fails_at="info")
    programs.add("buildah", "nerdctl")
    assert images.find_builder().name == "buildah"
    assert images.find_builder("nerdctl").name == "nerdctl"


def test_without_a_builder_each_one_is_said_to_lack_something(programs: Programs) -> None:
    programs.add("docker", fails_at="version")
    with pytest.raises(LabError) as caught:
        images.find_builder()
    assert "docker does not work (no daemon here); podman is not on PATH" in str(caught.value)


# --- which tag ----------------------------------------------------------------------------------------------


def test_each_build_has_a_tag_of_its_own_and_what_is_pushed_is_latest_too(programs: Programs) -> None:
    programs.add("docker")
    tags = [images.build(REMOTE, prefix=PREFIX, tag=None, say=lambda _: None) for _ in range(2)]
    assert tags[0] != tags[1]
    first, last = (f"{PREFIX}-greeter:{tag}" for tag in tags)
    latest = f"{PREFIX}-greeter:latest"
    calls = [call[1:] for call in programs.calls() if "control" not in str(call)]
    assert calls == [
        step
        for image in (first, last)
        for step in ([*BUILD, image, "--tag", latest, ROOT], ["push", image], ["push", latest])
    ]


def test_a_cluster_in_containers_gets_the_new_tag_only(programs: Programs) -> None:
    programs.add("docker", "kind")
    tag = images.build(KIND, prefix=None, tag=None, say=lambda _: None)
    assert tag != images.LATEST
    assert ["kind", "load", "docker-image", f"greeter:{tag}", "--name", "demo"] in programs.calls()
    assert "latest" not in str(programs.calls())


# --- which commands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "load"),
    [
        (KIND, ["kind", "load", "docker-image", IMAGE, "--name", "demo"]),
        (MINIKUBE, ["minikube", "image", "load", IMAGE, "-p", "demo"]),
        (K3D, ["k3d", "image", "import", IMAGE, "-c", "demo"]),
        (REMOTE, ["docker", "push", IMAGE]),
    ],
)
def test_what_docker_built_is_loaded_as_the_cluster_wants(
    programs: Programs, way: Way, load: list[str]
) -> None:
    programs.add("docker", "kind", "minikube", "k3d")
    build(way)
    assert greeters(programs.calls()) == [["docker", *BUILD, IMAGE, ROOT], load]


@pytest.mark.parametrize(
    ("builder", "name", "save"),
    [
        ("podman", FULL, ["save", "--format", "docker-archive", "--output", "ARCHIVE", FULL]),
        ("buildah", FULL, ["push", FULL, f"docker-archive:ARCHIVE:{FULL}"]),
        ("nerdctl", IMAGE, ["save", "--output", "ARCHIVE", IMAGE]),
    ],
)
@pytest.mark.parametrize(
    ("way", "load"),
    [
        (KIND, ["kind", "load", "image-archive", "ARCHIVE", "--name", "demo"]),
        (MINIKUBE, ["minikube", "image", "load", "ARCHIVE", "-p", "demo"]),
        (K3D, ["k3d", "image", "import", "ARCHIVE", "-c", "demo"]),
    ],
)
def test_what_others_built_goes_through_an_archive(
    *, programs: Programs, builder: str, name: str, save: list[str], way: Way, load: list[str]
) -> None:
    programs.add(builder, "kind", "minikube", "k3d")
    build(way)
    calls = greeters(programs.calls())
    archive = next(word for word in calls[-1] if word.endswith("image.tar"))
    told = [[word.replace(archive, "ARCHIVE") for word in call] for call in calls]
    assert told == [[builder, *BUILD, name, ROOT], [builder, *save], load]
    assert not Path(archive).parent.exists()


@pytest.mark.parametrize(
    ("builder", "name"), [("podman", FULL), ("buildah", FULL), ("nerdctl", IMAGE), ("docker", IMAGE)]
)
def test_any_other_cluster_pulls_what_was_pushed(programs: Programs, builder: str, name: str) -> None:
    programs.add(builder)
    build(REMOTE)
    assert greeters(programs.calls()) == [[builder, *BUILD, name, ROOT], [builder, "push", name]]


def test_arguments_reach_the_dockerfile_and_no_shell(programs: Programs) -> None:
    programs.add("docker", "kind")
    build(KIND, arguments=["BASE=my base; touch x", "A=$B"])
    assert programs.calls()[0][1:] == [
        *("build", "--target", "greeter", "--build-arg", "BASE=my base; touch x", "--build-arg", "A=$B"),
        *("--tag", IMAGE, ROOT),
    ]


# --- what is said, and when it fails ------------------------------------------------------------------------


def test_all_is_said_before_anything_is_done(programs: Programs) -> None:
    programs.add("docker", "kind")
    seen: list[int] = []
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        seen.append(len(programs.calls()))

    build(KIND, say=say)
    assert set(seen) == {0}
    assert "built by docker" in said[0]
    assert "loaded into cluster demo of kind, since somebody said so" in said[0]
    assert said[1:3] == [
        f"  docker build --target greeter --tag {IMAGE} {ROOT}",
        f"  kind load docker-image {IMAGE} --name demo",
    ]


def test_what_a_cluster_lacks_is_found_before_the_build(programs: Programs) -> None:
    programs.add("docker")
    with pytest.raises(LabError, match="kind is not on PATH"):
        build(KIND)
    with pytest.raises(LabError, match="--image-prefix"):
        build(REMOTE, prefix=None)
    assert programs.calls() == []


def test_a_failed_build_is_not_loaded(programs: Programs) -> None:
    programs.add("docker", fails_at="build")
    programs.add("kind")
    with pytest.raises(LabError, match=r"`docker build .*` failed with exit status 1"):
        build(KIND)
    assert [call[0] for call in programs.calls()] == ["docker"]


def test_the_local_cluster_is_told_of_images_and_builds_them_only_with_a_named_builder(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    programs.add("docker")
    said = build(images.way_to(None, ""))
    assert "No image is built" in said[0]
    assert said[1] == f"Its pods can use {IMAGE} and {PREFIX}-controlplane:v1."
    assert programs.calls() == []
    build(images.way_to(None, ""), builder="docker")
    named = (cluster.state_folder() / "images").read_text().split()
    assert named == [IMAGE, f"{PREFIX}-controlplane:v1"], "each is named once"
    assert greeters(programs.calls()) == [["docker", *BUILD, IMAGE, ROOT]]


# --- which cluster ------------------------------------------------------------------------------------------


def minikubes() -> list[dict[str, Any]]:
    return [{"name": "context_info", "extension": {"provider": "minikube.sigs.k8s.io"}}]


@pytest.mark.parametrize(
    ("context", "entry", "server", "way"),
    [
        ("kind-demo", {"cluster": "kind-demo"}, "https://127.0.0.1:38123", ("kind", "demo")),
        ("work", {"cluster": "kind-demo"}, "https://127.0.0.1:38123", ("kind", "demo")),
        ("k3d-a", {"cluster": "k3d-a"}, "https://0.0.0.0:6550", ("k3d", "a")),
        ("minikube", {"cluster": "minikube"}, "https://192.168.49.2:8443", ("minikube", "minikube")),
        ("p2", {"cluster": "p2", "extensions": minikubes()}, ANYWHERE, ("minikube", "p2")),
        ("k8s-dev", {"cluster": "k8s-dev"}, ANYWHERE, (PUSH, "k8s-dev")),
        ("local", {"cluster": "local"}, "https://127.131.0.1:6443", (images.NOWHERE, "local")),
        # Rancher calls the cluster that it runs on so.
        ("local", {"cluster": "local"}, "https://rancher.example/k8s/clusters/local", (PUSH, "local")),
    ],
)
def test_a_context_tells_how_its_cluster_gets_images(
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    context: str,
    entry: dict[str, Any],
    server: str,
    way: tuple[str, str],
) -> None:
    told = {"contexts": [{"name": context, "context": {**entry, "user": "me"}}]}
    (tmp_path / "config").write_text(yaml.safe_dump(told))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "none"), str(tmp_path / "config")]))
    found = images.way_to(context, server)
    assert (found.name, found.cluster) == way
    assert context in found.because or entry["cluster"] in found.because


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("greeter", "docker.io/library/greeter:latest"),
        ("me/x-greeter:1", "docker.io/me/x-greeter:1"),
        ("localhost/x", "localhost/x:latest"),
        ("registry:5000/x", "registry:5000/x:latest"),
        ("registry.example/me/x:1", "registry.example/me/x:1"),
    ],
)
def test_a_name_is_completed_as_a_container_runtime_does(image: str, full: str) -> None:
    assert images.full_name(image) == full
