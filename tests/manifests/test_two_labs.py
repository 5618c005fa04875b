"""Two labs on one cluster at the same time: neither takes anything of the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import helpers
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from tests.own import local_cluster

NAMESPACES = ("seat-1", "seat-2")
THROUGH_NGINX = ("ingress", "ingress-plaintext", "ingress-legacy")


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lab]]:
    """A lab in each namespace of one local cluster."""
    with local_cluster("seats", tmp_path_factory.mktemp("home"), LAB_PACE="20"):
        yield [helpers.connect(namespace=namespace) for namespace in NAMESPACES]


def test_each_lab_is_answered_by_its_own_pods_alone(labs: list[Lab]) -> None:
    def work(lab: Lab) -> set[str]:
        helpers.apply(lab, "greeter")
        for variant in THROUGH_NGINX:
            helpers.apply(lab, variant)
        found = [helpers.collect_greetings(lab, variant, at_least=30) for variant in THROUGH_NGINX]
        assert all(table["ok"].all() for table in found)
        return {str(server) for table in found for server in table["server"]}

    with ThreadPoolExecutor(len(labs)) as both:
        answered = list(both.map(work, labs))
    for lab, found in zip(labs, answered, strict=True):
        assert found <= set(helpers.server_pods(lab))


def test_whose_host_is_taken_is_told_whose_it_is(labs: list[Lab], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = labs
    helpers.apply(first, "greeter")
    helpers.apply(first, "ingress")
    # As `kubectl apply -k` leaves it, and as somebody would who names a host of his own.
    monkeypatch.setattr(
        "helpers.deploy.variants.set_hosts", lambda item, _: _with_host(item, first.namespace)
    )
    with pytest.raises(LabError, match=r"is already defined in ingress seat-1/demo-ingress"):
        helpers.apply(second, "ingress")


def _with_host(item: dict[str, object], namespace: str) -> dict[str, object]:
    from helpers.deploy.manifests import set_hosts  # noqa: PLC0415 - the true one

    return dict(set_hosts(item, namespace))
