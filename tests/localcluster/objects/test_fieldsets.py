import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.objects import fieldsets
from localcluster.objects.fieldsets import Path

_ELEMENT = st.sampled_from(["f:spec", "f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
_SETS = st.frozensets(st.lists(_ELEMENT, min_size=1, max_size=4).map(tuple), max_size=8)


def test_a_set_is_written_as_a_real_server_writes_it() -> None:
    item = ("f:spec", "f:containers", 'k:{"name":"greeter"}')
    paths: set[Path] = {item, (*item, "f:image"), ("f:spec", "f:replicas")}
    assert fieldsets.encode(paths) == {
        "f:spec": {"f:containers": {'k:{"name":"greeter"}': {".": {}, "f:image": {}}}, "f:replicas": {}}
    }


@given(_SETS)
def test_reading_gives_what_was_written(paths: frozenset[Path]) -> None:
    assert fieldsets.decode(fieldsets.encode(paths)) == paths


def test_what_is_no_set_is_refused() -> None:
    with pytest.raises(ValueError, match="must be an object"):
        fieldsets.decode({"f:a": "b"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("f:data", "f:a.b/c"), ".data.a.b/c"),
        (("f:ports", 'k:{"containerPort":80,"protocol":"TCP"}'), '.ports[containerPort=80,protocol="TCP"]'),
        (("f:finalizers", 'v:"a/b"'), '.finalizers[="a/b"]'),
    ],
)
def test_paths_are_named_as_in_conflicts(path: Path, text: str) -> None:
    assert fieldsets.text(path) == text


def test_keys_do_not_depend_on_their_order() -> None:
    assert fieldsets.key_element({"b": 1, "a": 2}) == fieldsets.key_element({"a": 2, "b": 1})


def test_ancestors_are_fields_and_items_or_fields_only() -> None:
    path = ("f:list", 'k:{"name":"x"}', "f:a")
    assert fieldsets.with_ancestors({path}) == {path, path[:2], path[:1]}
    assert fieldsets.with_named_ancestors({path}) == {path, path[:1]}
