from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.diagnose import files
from helpers.diagnose.inventory import name_of
from helpers.lab.errors import LabError

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {ports: [{name: grpc, port: 50051}]}\n"
REPOSITORY = Path(__file__).resolve().parents[3]


def write(folder: Path, **contents: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.yaml").write_text(content)
    return folder


def read(*paths: Path) -> list[list[str]]:
    found = files.inventories([str(path) for path in paths], None)
    return [sorted(name_of(item) for item in one.items) for one in found]


def test_a_folder_is_read_with_those_in_it(tmp_path: Path) -> None:
    write(tmp_path, a=SERVICE % "a")
    write(tmp_path / "inner" / "deep", b=SERVICE % "b")
    (tmp_path / "note.txt").write_text("{{ not YAML")
    (tmp_path / "c.json").write_text('{"kind": "Service", "metadata": {"name": "c"}}')
    write(tmp_path / ".git", d=SERVICE % "d")
    assert read(tmp_path) == [["a", "b", "c"]]


def test_a_kustomization_is_built_by_kubectl(tmp_path: Path) -> None:
    base = write(tmp_path / "base", service=SERVICE % "a", left_out=SERVICE % "b")
    write(base, kustomization="resources: [service.yaml]\nnamePrefix: my-\n")
    assert read(base) == [["my-a"]]
    assert read(base / "kustomization.yaml") == [["my-a"]]


def test_overlays_for_two_clusters_are_judged_apart_and_without_their_base(tmp_path: Path) -> None:
    base = write(tmp_path / "base", service=SERVICE % "a")
    write(base, kustomization="resources: [service.yaml]\n")
    for cluster in ("dev", "prod"):
        write(
            tmp_path / "overlays" / cluster,
            kustomization=f"resources: [../../base]\nlabels: [{{pairs: {{cluster: {cluster}}}}}]\n",
        )
    found = files.inventories([str(tmp_path)], None)
    assert [one.items[0]["metadata"]["labels"]["cluster"] for one in found] == ["dev", "prod"]


def test_the_courses_own_folder_is_one_world_as_far_as_it_agrees() -> None:
    first, *_ = files.inventories([str(REPOSITORY / "manifests")], "me")
    names = {name_of(item) for item in first.items}
    assert {"demo", "demo-clusterip", "demo-headless", "demo-envoy", "demo-gateway"} <= names
    assert {first.namespace_of(item) for item in first.of("Deployment")} == {"me"}


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"kind: ServiceList\nitems:\n  - metadata: {name: a}\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    (found,) = files.inventories(["-"], None)
    assert [(item["kind"], name_of(item)) for item in found.items] == [("Service", "a")]


# --- what cannot be read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: [1\nb: 2\n", "line 2, is not YAML"),
        (b"spec:\n  {{- toYaml .Values }}\n  a: b: c\n", "it looks like a Helm template"),
        (b"\xff\xfe\x00a", "is not text"),
        (b"- only\n- words\n", "There is no Kubernetes object in"),
        (b"", "There is no Kubernetes object in"),
        (b"a: 2026-99-99\n", "is not YAML"),
        (b"[" * 4000, "is not YAML"),
        (b"? {a: b}\n: c\n", "is not YAML"),
    ],
)
def test_a_file_that_is_no_manifest_is_named_in_a_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(LabError, match=words) as refused:
        files.inventories([str(path)], None)
    assert str(path) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(LabError, match=r"nowhere\.yaml cannot be read: No such file"):
        files.inventories(["nowhere.yaml"], None)


def test_a_chart_is_told_how_to_become_manifests(tmp_path: Path) -> None:
    write(tmp_path / "chart", Chart="name: a\n")
    with pytest.raises(LabError, match="helm template"):
        read(tmp_path)


def test_what_kubectl_says_of_a_kustomization_is_told_in_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, kustomization="resources: [nowhere.yaml]\n")
    with pytest.raises(LabError, match=r"kubectl kustomize .* fails: .*nowhere\.yaml") as refused:
        read(tmp_path)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [(FileNotFoundError(), "there is no kubectl"), (subprocess.TimeoutExpired("kubectl", 60), "did not end")],
)
def test_a_kubectl_that_is_not_there_or_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def run(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    write(tmp_path, kustomization="resources: []\n")
    with pytest.raises(LabError, match=words):
        read(tmp_path)
