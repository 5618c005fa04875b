"""Paths and what they mean."""

import pytest

from localcluster.api import routing


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("pods", ("pods", None, "", "")),
        ("namespaces", ("namespaces", None, "", "")),
        ("namespaces/lab", ("namespaces", None, "lab", "")),
        ("namespaces/lab/finalize", ("namespaces", None, "lab", "finalize")),
        ("namespaces/lab/status", ("namespaces", None, "lab", "status")),
        ("namespaces/lab/pods", ("pods", "lab", "", "")),
        ("namespaces/lab/pods/demo", ("pods", "lab", "demo", "")),
        ("namespaces/lab/pods/demo/log", ("pods", "lab", "demo", "log")),
        ("namespaces/lab/pods/demo/proxy/a/b", ("pods", "lab", "demo", "proxy")),
        ("nodes/one/status", ("nodes", None, "one", "status")),
    ],
)
def test_a_path_names_a_target(path: str, found: tuple[str, str | None, str, str]) -> None:
    target = routing.resolve("", "v1", path.split("/"))
    assert (target.resource.plural, target.namespace, target.name, target.subresource) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("api/v1/pods", ("", "v1", ["pods"])),
        ("apis/apps/v1", ("apps", "v1", [])),
        ("apis/apps", None),
        ("apis", None),
        ("api/v1beta1/pods", None),
        ("apis/other/v1/pods", None),
        ("healthz", None),
    ],
)
def test_groups_come_first(path: str, found: tuple[str, str, list[str]] | None) -> None:
    assert routing.group_and_rest(path.split("/")) == found
