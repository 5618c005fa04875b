import pytest

from localcluster.objects import lists, schema
from localcluster.storage.resources import RESOURCES


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource.kind))
def test_every_kind_has_a_schema_with_metadata(resource: object) -> None:
    model = getattr(resource, "model", "")
    assert schema.fields(model)["metadata"].type.model == "V1ObjectMeta"


def test_types_are_those_of_go() -> None:
    spec = schema.fields("V1DeploymentSpec")
    assert spec["replicas"].type.go_name == "int32"
    assert spec["template"].type.go_name == "v1.PodTemplateSpec"
    assert schema.fields("V1PodSpec")["containers"].type.go_name == "[]v1.Container"
    assert schema.fields("V1Secret")["data"].type.go_name == "map[string][]uint8"
    assert schema.fields("V1ServicePort")["targetPort"].type.go_name == "intstr.IntOrString"
    assert schema.fields("V1PodSpec")["activeDeadlineSeconds"].type.go_name == "int64"


@pytest.mark.parametrize("model", sorted(lists._LISTS))
def test_the_table_of_lists_names_lists_and_their_keys(model: str) -> None:
    for name, rule in lists._LISTS[model].items():
        kind = schema.fields(model)[name].type
        assert kind.shape == "list"
        wanted = {*rule.keys, rule.merge_key} - {""}
        assert wanted <= (kind.element.fields.keys() if wanted else set())


def test_the_table_of_wholes_names_structs_and_maps() -> None:
    assert all(schema.fields(model) for model in lists._ATOMIC_STRUCTS)
    assert all(schema.fields(model)[name].type.shape == "map" for model, name in lists._ATOMIC_MAPS)
