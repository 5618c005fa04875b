"""Owners that an object names."""

from localcluster.objects import owners


def test_an_owner_counts_once() -> None:
    mine, other = {"uid": "1", "name": "a"}, {"uid": "2", "name": "b"}
    obj = {"metadata": {"ownerReferences": [mine, other, mine]}}
    [warning] = owners.without_doubles(obj)
    assert warning.endswith("duplicate UID(s) observed: 1")
    assert obj["metadata"]["ownerReferences"] == [mine, other]
    assert list(owners.without_doubles(obj)) == []
    assert list(owners.without_doubles({})) == []
