"""The rights of ``manifests/rbac``: enough for the whole course, and no more than it uses."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import helpers
from helpers.cli import commands
from helpers.deploy.variants import DELETED
from helpers.lab import cluster
from helpers.lab.connection import look
from helpers.lab.objects import KINDS, Objects
from helpers.lab.rbac import Rule
from helpers.plots.topology import read_topology
from tests.manifests.gate import Gate, granted, role_objects
from tests.manifests.reading import MANIFESTS, ROOT, VARIANTS

NAMESPACE, CONTEXT = "room-1", "attendee"
ROLE = granted(({**item, "metadata": {}} for item in role_objects()), NAMESPACE)
OPTIONAL = granted(
    [item for folder in ("cluster", "ingress-nginx") for item in role_objects(MANIFESTS / "rbac" / folder)],
    NAMESPACE,
)
# Addresses of the local cluster are routed to this machine: tests/helpers/lab/test_port_forward.py forwards.
FORWARDING = {Rule(verb, "pods/portforward", namespace=NAMESPACE) for verb in ("get", "create")}
# Nothing is watched that is gone at the first look, as most is here.
PATIENCE = {
    Rule("watch", resource, group, NAMESPACE)
    for kind in DELETED
    for group, resource in [(KINDS[kind].api_version.rpartition("/")[0], KINDS[kind].plural)]
}
CALL = re.compile(r"lab\.(core|apps|networking|discovery)\.([a-z]+)_(namespaced_)?([a-z_]+)\(")
GROUPS = {"core": "", "apps": "apps", "networking": "networking.k8s.io", "discovery": "discovery.k8s.io"}
PLURALS = {"pod_log": "pods/log", "deployment_scale": "deployments/scale", "ingress": "ingresses"}


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A local cluster with the attendee's namespace, which an administrator made."""
    name = f"rbac-{os.getpid()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", str(tmp_path_factory.mktemp("home")))
        path = cluster.start(name)
        try:
            patch.setenv("KUBECONFIG", str(path))
            made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
            Objects(look(cluster.CONTEXT, None).api).create(made, "")
            yield path
        finally:
            cluster.stop(name, purge=True)


@pytest.fixture
def gate(kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The way to that cluster for somebody with the Role and nothing else."""
    for name in [name for name in os.environ if name.startswith("LAB_")]:
        monkeypatch.delenv(name)
    with Gate(kubeconfig, ROLE) as opened:
        opened.write_kubeconfig(tmp_path / "config", CONTEXT)
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        monkeypatch.setenv("LAB_CONTEXT", CONTEXT)
        monkeypatch.setenv("LAB_NAMESPACE", NAMESPACE)
        monkeypatch.setenv("LAB_PACE", "20")
        # What the Role cannot look up and an administrator tells.
        monkeypatch.setenv("LAB_INGRESS_CLASSES", "nginx,nginx-legacy")
        monkeypatch.setenv("LAB_GATEWAY_CLASS", "envoy")
        yield opened


def lesson(lab: helpers.Lab, variant: str) -> None:
    """What a notebook does with a variant."""
    helpers.apply(lab, "greeter")
    # Through the old plaintext port no client is ever answered, which is its lesson.
    helpers.apply(lab, variant, patience=1 if variant == "ingress-plaintext-legacy" else None)
    assert len(helpers.collect_greetings(lab, variant, at_least=4)) >= 4
    assert read_topology(lab, variant).stations
    helpers.delete(lab, variant)


def everything_else(lab: helpers.Lab) -> None:
    """What the helpers can do besides, the command line included."""
    pod = helpers.server_pods(lab)[0]
    helpers.run_once(lab, ["client", helpers.reach_pod(lab, pod, 50051), "--count", "1"])
    with pytest.raises(helpers.LabError, match="did not end"):  # which looks for events that say why
        helpers.run_once(lab, ["client", "127.0.0.1:1"], timeout=0)
    assert commands.main(["apply", "diff", "status", "logs", "--variant", "clusterip"]) == commands.SAME
    assert commands.main(["delete"]) == commands.SAME


def handed_on() -> set[Rule]:
    """What pods of the second course may; only who has a right can give it."""
    folders = sorted((MANIFESTS / "production").glob("*/account.yaml"))
    texts = [item for path in folders for item in yaml.safe_load_all(path.read_text())]
    return granted(({**item, "metadata": {}} for item in texts), NAMESPACE)


def used_by_notebooks() -> set[Rule]:
    """The rights that the official client's calls in the notebooks need, told by the methods' names."""
    verbs = {"read": "get"}
    found = set()
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        # A question about pods' names is answered with it, by who wants to know.
        text += "\n".join(_asked_in_prose(cells))
        if "kubectl get replicasets" in "".join("".join(cell["source"]) for cell in cells):
            found.add(Rule("list", "replicasets", "apps", NAMESPACE))
        for api, verb, namespaced, name in CALL.findall(text):
            resource = PLURALS.get(name, f"{name.replace('_', '')}s")
            scope = NAMESPACE if namespaced else ""
            found.add(Rule(verbs.get(verb, verb), resource, GROUPS[api], scope))
    return found


def _asked_in_prose(cells: list[dict[str, Any]]) -> Iterator[str]:
    """The calls that a text suggests to the reader; those for the whole cluster are told as such there."""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield from re.findall(r"`(lab\.[a-z]+\.[a-z]+_namespaced_[^`]*)`", "".join(cell["source"]))


# Those with an account and a Role of their own are among them.
@pytest.mark.parametrize("variant", [*VARIANTS, "scaling", "xds"])
def test_every_lesson_works_with_the_role_and_nothing_else(gate: Gate, variant: str) -> None:
    lesson(helpers.connect(), variant)
    assert gate.asked <= ROLE | OPTIONAL


def test_the_role_gives_nothing_that_is_not_used(gate: Gate) -> None:
    lab = helpers.connect()
    helpers.delete(lab)
    lesson(lab, "ingress")
    for variant in ("gateway", "scaling"):
        helpers.apply(lab, variant)
        helpers.delete(lab, variant)
    everything_else(lab)
    assert gate.asked <= ROLE | OPTIONAL
    assert ROLE - gate.asked - used_by_notebooks() - FORWARDING - PATIENCE - handed_on() == set()


def test_the_notebooks_own_calls_need_no_more_than_the_role() -> None:
    assert used_by_notebooks() <= ROLE


def test_who_is_given_a_role_is_who_the_token_is_made_for() -> None:
    objects = [*role_objects(), *role_objects(MANIFESTS / "rbac" / "cluster")]
    made = {(item["kind"], item["metadata"]["name"]) for item in objects}
    for binding in [item for item in objects if item["kind"].endswith("Binding")]:
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) in made
        assert [(who["kind"], who["name"]) in made for who in binding["subjects"]] == [True]


def test_no_rule_has_a_wildcard() -> None:
    for right in ROLE | OPTIONAL:
        assert "*" not in f"{right.verb}{right.resource}{right.group}"
