from localcluster.storage import resources
from localcluster.storage.resources import BY_KIND


def test_each_path_leads_to_one_kind() -> None:
    paths = [(resource.group, resource.version, resource.plural) for resource in resources.SERVED]
    assert len(set(paths)) == len(paths)
    for path, resource in zip(paths, resources.SERVED, strict=True):
        assert resources.lookup(*path) is resource
    assert resources.lookup("apps", "v1", "daemonsets") is None


def test_the_core_group_comes_first() -> None:
    assert resources.group_versions()[0] == ("", "v1")
    assert ("apps", "v1") in resources.group_versions()


def test_a_kind_knows_its_names() -> None:
    deployment, event = BY_KIND["Deployment"], BY_KIND["Event"]
    assert (deployment.api_version, deployment.qualified, deployment.singular) == (
        "apps/v1",
        "deployments.apps",
        "deployment",
    )
    assert (deployment.model, event.model, event.qualified) == ("V1Deployment", "CoreV1Event", "events")
    assert (deployment.has_status, BY_KIND["ConfigMap"].has_status) == (True, False)


def test_a_reference_has_only_what_there_is() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "lab", "uid": "1"}}
    assert resources.reference(pod) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "a",
        "namespace": "lab",
        "uid": "1",
    }
