from typing import Any

import pytest

from localcluster.errors import BadRequest
from localcluster.objects import decoding
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects import samples

CONFIG_MAP, DEPLOYMENT, POD, SECRET = (BY_KIND[kind] for kind in ("ConfigMap", "Deployment", "Pod", "Secret"))


def test_a_known_object_stays_as_it_is() -> None:
    assert decoding.decode(DEPLOYMENT, samples.workload()) == (samples.workload(), [])


def test_fields_have_the_names_of_the_wire() -> None:
    probe = {"exec": {"command": ["true"]}}
    obj, unknown = decoding.decode(POD, samples.pod(containers=[samples.container(livenessProbe=probe)]))
    assert obj["spec"]["containers"][0]["livenessProbe"] == probe
    assert unknown == []


def test_what_go_would_not_write_is_left_out() -> None:
    container = samples.container(args=[], workingDir="", tty=False, env=None)
    obj, _ = decoding.decode(POD, samples.pod(hostNetwork=False, containers=[container]))
    assert obj == samples.pod()


def test_zeros_that_are_pointers_or_required_stay() -> None:
    body = samples.workload()
    body["spec"]["replicas"] = 0
    assert decoding.decode(DEPLOYMENT, body)[0]["spec"]["replicas"] == 0
    obj, _ = decoding.decode(BY_KIND["Service"], samples.service(ports=[{"port": 0}]))
    assert obj["spec"]["ports"] == [{"port": 0}]
    config = {"clientIP": {"timeoutSeconds": 0}}
    obj, _ = decoding.decode(BY_KIND["Service"], samples.service(sessionAffinityConfig=config))
    assert obj["spec"]["sessionAffinityConfig"] == config


@pytest.mark.parametrize(
    ("resource", "body", "why"),
    [
        (
            CONFIG_MAP,
            samples.config_map() | {"data": {"a": 1}},
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        (
            DEPLOYMENT,
            {"spec": {"replicas": "3"}},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            DEPLOYMENT,
            {"spec": []},
            "cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec",
        ),
        (POD, {"spec": {"containers": {}}}, "of type []v1.Container"),
        (SECRET, {"data": {"a": "not base64!"}}, "illegal base64 data"),
        (CONFIG_MAP, {"metadata": {"creationTimestamp": "yesterday"}}, 'parsing time "yesterday"'),
        (
            POD,
            samples.pod(containers=[samples.container(resources={"limits": {"cpu": "much"}})]),
            "quantities must match the regular expression",
        ),
        (CONFIG_MAP, [], "json: cannot unmarshal array into Go value of type v1.ConfigMap"),
    ],
)
def test_a_wrong_type_is_refused_in_the_words_of_go(resource: Any, body: Any, why: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        decoding.decode(resource, body)
    kind = resource.kind
    assert refusal.value.message.startswith(f'{kind} in version "v1" cannot be handled as a {kind}: ')
    assert why in refusal.value.message


def test_quantities_are_written_in_their_canonical_form() -> None:
    resources: Object = {"limits": {"cpu": 0.5, "memory": "1024Mi"}, "requests": {"cpu": 1}}
    obj, _ = decoding.decode(POD, samples.pod(containers=[samples.container(resources=resources)]))
    assert obj["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "1Gi"},
        "requests": {"cpu": "1"},
    }


def test_decoding_twice_changes_nothing_more() -> None:
    once, _ = decoding.decode(POD, samples.pod(containers=[samples.container(args=[], env=None)]))
    assert decoding.decode(POD, once) == (once, [])


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert decoding.parse_json(r'{"a": "\ud800"}') == {"a": "\ufffd"}
