from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from helpers.deploy import manifests
from helpers.lab.errors import LabError
from helpers.lab.objects import Object

HOMES = {
    path.parent.name: path.parent
    for pattern in ("*/kustomization.yaml", "production/*/kustomization.yaml")
    for path in sorted(manifests.FOLDER.glob(pattern))
    if path.parent.name != manifests.RIGHTS
}
VARIANTS = list(HOMES)


def by_name(items: list[Object]) -> dict[tuple[str, str], Object]:
    return {(item["kind"], item["metadata"]["name"]): item for item in items}


def write(folder: Path, kustomization: str, **files: str) -> None:
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "kustomization.yaml").write_text(kustomization)
    for name, text in files.items():
        (folder / "own" / f"{name}.yaml").write_text(text)


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: greeter}]}\n"


def test_the_courses_folders_are_there() -> None:
    assert {"greeter", "clusterip", "headless", "headless-round-robin", "ingress", "envoy"} <= set(VARIANTS)


@pytest.mark.parametrize("variant", VARIANTS)
def test_reads_what_kubectl_kustomize_prints(variant: str, tmp_path: Path) -> None:
    shutil.copytree(HOMES[variant], tmp_path / variant)
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{variant}]\nnamespace: me\n"
        "images:\n"
        "- {name: greeter, newName: registry.example:5000/me/demo-greeter, newTag: '1'}\n"
        "- {name: controlplane, newName: registry.example:5000/me/demo-controlplane, newTag: '1'}\n"
    )
    printed = subprocess.run(  # noqa: S603 - the tool whose reading ours must agree with
        ["kubectl", "kustomize", str(tmp_path)],  # noqa: S607 - the environment's
        check=True,
        capture_output=True,
        text=True,
    )
    ours = manifests.load(
        variant, namespace="me", image_prefix="registry.example:5000/me/demo", image_tag="1"
    )
    assert by_name(ours) == by_name(list(yaml.safe_load_all(printed.stdout)))


def test_a_name_means_one_folder_of_both_courses() -> None:
    found = [*manifests.FOLDER.glob("*/kustomization.yaml")]
    found += manifests.FOLDER.glob("production/*/kustomization.yaml")
    assert len(HOMES) + 1 == len(found)
    assert set(manifests.names()) == set(HOMES)


@pytest.mark.parametrize(
    ("options", "policy"),
    [
        ({}, "IfNotPresent"),
        ({"image_tag": "2"}, "IfNotPresent"),
        ({"image_prefix": "r/x", "image_tag": "2"}, "IfNotPresent"),
        # Whoever builds moves `latest`, and a node keeps what it has.
        ({"image_prefix": "r/x"}, "Always"),
    ],
)
def test_an_image_that_others_move_is_pulled_again(options: dict[str, str], policy: str) -> None:
    (loaded,) = manifests.load("greeter", **options)  # type: ignore[arg-type]
    assert {one["imagePullPolicy"] for one in manifests.containers(loaded)} == {policy}


def test_a_folder_of_the_second_course_is_found_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "production").mkdir()
    write(tmp_path / "production", "resources: [a.yaml]", a=POD.replace("greeter", "controlplane"))
    (loaded,) = manifests.load("own", folder=tmp_path, image_prefix="me/demo", image_tag="2")
    assert loaded["spec"]["containers"][0]["image"] == "me/demo-controlplane:2"
    assert manifests.names(tmp_path) == ["own"]


def test_keeps_the_order_of_resources(tmp_path: Path) -> None:
    write(tmp_path, "resources: [b.yaml, a.yaml]", a=POD, b=POD.replace("name: p", "name: q") + "---\n" + POD)
    loaded = manifests.load("own", folder=tmp_path)
    assert [item["metadata"]["name"] for item in loaded] == ["q", "p", "p"]
    assert "namespace" not in loaded[0]["metadata"]


@pytest.mark.parametrize(
    ("image", "renamed"),
    [
        ("greeter", "me/demo-greeter:2"),
        ("greeter:1", "me/demo-greeter:2"),
        ("greeter@sha256:00", "me/demo-greeter:2"),
        ("other/greeter", "other/greeter"),
        ("greeter-two:1", "greeter-two:1"),
        ("registry:5000/envoy", "registry:5000/envoy"),
    ],
)
def test_images_are_renamed_as_kustomize_does(image: str, renamed: str) -> None:
    entry = {"name": "greeter", "newName": "me/demo-greeter", "newTag": "2"}
    assert manifests.rename_image(image, [entry]) == renamed


def test_a_tag_alone_keeps_the_name() -> None:
    assert manifests.rename_image("greeter:1", [{"name": "greeter", "newTag": "2"}]) == "greeter:2"


@pytest.mark.parametrize("name", ["nothing", "", "../greeter/.."])
def test_a_missing_folder_is_said_with_those_that_exist(name: str) -> None:
    with pytest.raises(LabError, match=r"no variant.*clusterip.*headless"):
        manifests.load(name)


def test_broken_yaml_is_said_with_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "resources: [a.yaml]", a="apiVersion: v1\nkind: [Pod\nmetadata: {}\n")
    with pytest.raises(LabError, match=r"a\.yaml, line 3, is not YAML"):
        manifests.load("own", folder=tmp_path)


def test_a_listed_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path, "resources: [a.yaml]")
    with pytest.raises(LabError, match=r"a\.yaml cannot be read \(No such file"):
        manifests.load("own", folder=tmp_path)


@pytest.mark.parametrize(
    ("kustomization", "text", "words"),
    [
        ("resources: [a.yaml]\npatches: []", POD, "says patches, which helpers do not read"),
        ("- a.yaml", POD, "is not a kustomization"),
        ("resources: [a.yaml]", "kind: Pod", "no Kubernetes object"),
        (
            "resources: [a.yaml]",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}",
            "batch/v1 Job is not a kind",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(
    tmp_path: Path, kustomization: str, text: str, words: str
) -> None:
    write(tmp_path, kustomization, a=text)
    with pytest.raises(LabError, match=words):
        manifests.load("own", folder=tmp_path)


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {app: d}}
  template: {spec: {containers: [{name: c, image: greeter}]}}
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i}
spec:
  ingressClassName: nginx
  rules: [{host: a.example}]
  tls: [{secretName: s, hosts: [a.example]}]
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g}
spec:
  gatewayClassName: envoy
  listeners:
  - {name: plain, protocol: HTTP, port: 8080}
  - {name: tls, protocol: HTTPS, port: 8443, hostname: a.example, tls: {certificateRefs: [{name: s}]}}
"""


@pytest.mark.parametrize("text", [DEPLOYMENT, INGRESS, GATEWAY, POD])
def test_what_has_no_slip_is_read(tmp_path: Path, text: str) -> None:
    write(tmp_path, "resources: [a.yaml]\nnamespace:\nimages:", a=text)
    assert manifests.load("own", folder=tmp_path) == [yaml.safe_load(text)]


@pytest.mark.parametrize(
    ("text", "slip", "instead", "words"),
    [
        (DEPLOYMENT, "{name: d}", "", "Deployment without a name: metadata has to be a mapping"),
        (DEPLOYMENT, "{name: d}", "3", "Deployment without a name: metadata has to be a mapping"),
        (
            DEPLOYMENT,
            "{name: d}",
            "{name: 2026-01-01}",
            "Deployment 2026-01-01: metadata.name has to be a text",
        ),
        (
            DEPLOYMENT,
            "{name: d}",
            "{name: d, labels: [a]}",
            "has to be a mapping; what it holds: kubectl explain deployment.metadata.labels",
        ),
        (DEPLOYMENT, "{app: d}", "{app: 1}", "Deployment d: spec.selector.matchLabels.app has to be a text"),
        (
            DEPLOYMENT,
            "{name: c, image: greeter}",
            "c",
            r"Deployment d: spec.template.spec.containers\[0\] has to be a mapping",
        ),
        (
            DEPLOYMENT,
            "image: greeter",
            "image: 3",
            r"Deployment d: spec.template.spec.containers\[0\].image has to be a text",
        ),
        (DEPLOYMENT, ", image: greeter", "", r"spec.template.spec.containers\[0\].image is missing"),
        (POD, "spec: {containers", "spec: {container", "Pod p: spec.containers is missing"),
        (INGRESS, "ingressClassName", "className", "Ingress i: spec.ingressClassName is missing"),
        (INGRESS, "hosts: [a.example]", "hosts: []", r"Ingress i: spec.tls\[0\].hosts is wrong"),
        (
            GATEWAY,
            " hostname: a.example,",
            "",
            r"Gateway g: spec.listeners\[1\] is wrong .* give it a hostname",
        ),
        (GATEWAY, "protocol: HTTP,", "protocol: TCP,", r"Gateway g: spec.listeners\[0\].protocol is wrong"),
        (INGRESS, "[{host: a.example}]", "[]", "Ingress i: spec.rules is wrong"),
    ],
)
def test_a_slip_is_said_with_file_object_and_field(
    tmp_path: Path, text: str, slip: str, instead: str, words: str
) -> None:
    assert slip in text
    write(tmp_path, "resources: [a.yaml]", a=text.replace(slip, instead))
    with pytest.raises(LabError, match=rf"a\.yaml: .*{words}"):
        manifests.load("own", folder=tmp_path)


@pytest.mark.parametrize(
    ("kustomization", "words"),
    [
        ("resources: a.yaml", "resources has to be a list"),
        ("resources: [null]", r"resources\[0\] has to be a text"),
        ("resources: [a.yaml]\nimages: 3", "images has to be a list"),
        ("resources: [a.yaml]\nimages: [greeter]", r"images\[0\] has to be a mapping"),
    ],
)
def test_a_slip_in_a_kustomization_is_said_with_its_field(
    tmp_path: Path, kustomization: str, words: str
) -> None:
    write(tmp_path, kustomization, a=POD)
    with pytest.raises(LabError, match=rf"kustomization\.yaml: {words}"):
        manifests.load("own", folder=tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: \x01"])
def test_a_file_that_is_not_text_is_named(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "resources: [a.yaml]")
    (tmp_path / "own" / "a.yaml").write_bytes(content)
    with pytest.raises(LabError, match=r"a\.yaml is not text"):
        manifests.load("own", folder=tmp_path)
