"""What the server says it has is what it has."""

import pytest

from localcluster.storage.resources import SERVED
from tests.localcluster.api.conftest import Client


def test_groups_lead_to_resources(client: Client) -> None:
    assert client.ok("GET", "/api")["versions"] == ["v1"]
    groups = client.ok("GET", "/apis")["groups"]
    for group in groups:
        assert client.ok("GET", f"/apis/{group['name']}") == {"kind": "APIGroup", "apiVersion": "v1", **group}
        for version in group["versions"]:
            listed = client.ok("GET", f"/apis/{version['groupVersion']}")
            assert listed["groupVersion"] == version["groupVersion"]
            assert listed["resources"]
    assert {group["name"] for group in groups} == {one.group for one in SERVED if one.group}


def test_a_subresource_of_another_kind_names_it(client: Client) -> None:
    listed = {one["name"]: one for one in client.ok("GET", "/apis/apps/v1")["resources"]}
    scale = listed["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert scale["verbs"] == ["get", "patch", "update"]
    core = {one["name"]: one for one in client.ok("GET", "/api/v1")["resources"]}
    assert core["pods/log"]["verbs"] == ["get"]
    assert "deletecollection" not in core["namespaces"]["verbs"]


@pytest.mark.parametrize("path", ["/version/", "/api/", "/apis/", "/api/v1/", "/apis/apps/v1/"])
def test_a_slash_at_the_end_does_not_matter(client: Client, path: str) -> None:
    assert client.ok("GET", path) == client.ok("GET", path.rstrip("/"))


def test_the_version_can_be_ordered(client: Client) -> None:
    version = client.ok("GET", "/version")
    assert (version["major"], version["minor"]) == ("1", "36")
    assert version["gitVersion"].startswith("v1.36.")


def test_clients_that_read_the_aggregated_form_read_the_older_one_too(client: Client) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    assert client.ok("GET", "/apis", Accept=accept)["kind"] == "APIGroupList"
