"""A lab that was reset holds what the notebook's opening deploys, on a cluster that runs it for real."""

from __future__ import annotations

import pytest

import helpers
from helpers.deploy.manifests import load
from helpers.lab.objects import SELECT_OURS, name_of
from helpers.lesson.reset import find_notebook, opening

KINDS = ("Deployment", "Service", "Ingress")


def test_reset_leaves_the_opening_and_nothing_else(
    own_cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in own_cluster.items():
        monkeypatch.setenv(name, value)
    lab = helpers.connect(namespace="test-reset")
    helpers.apply(lab, "greeter")
    helpers.apply(lab, "headless")
    # What a reader may have left: a Deployment that was scaled by hand, which no apply would undo.
    lab.apps.patch_namespaced_deployment_scale("demo", lab.namespace, {"spec": {"replicas": 5}})
    try:
        assert helpers.reset(lab, "03") == opening(find_notebook("03"))
        wanted = [
            item for variant in ("greeter", "ingress") for item in load(variant, namespace=lab.namespace)
        ]
        found = {
            (kind, name_of(item))
            for kind in KINDS
            for item in lab.objects.select(kind, lab.namespace, labels=SELECT_OURS)
        }
        assert found == {(item["kind"], name_of(item)) for item in wanted if item["kind"] in KINDS}
        assert len(helpers.server_pods(lab)) == 3
    finally:
        helpers.delete(lab)
