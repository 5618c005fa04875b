from localcluster.storage import resources


def test_each_path_leads_to_one_kind() -> None:
    paths = [(resource.group, resource.version, resource.plural) for resource in resources.SERVED]
    assert len(set(paths)) == len(paths)
    for path, resource in zip(paths, resources.SERVED, strict=True):
        assert resources.lookup(*path) is resource
    assert resources.lookup("apps", "v1", "daemonsets") is None


def test_a_reference_has_only_what_there_is() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "lab", "uid": "1"}}
    assert resources.reference(pod) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "a",
        "namespace": "lab",
        "uid": "1",
    }
