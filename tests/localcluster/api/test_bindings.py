"""Bindings give pods their node, as a scheduler asks for it."""

import pytest

from localcluster.types import Object
from tests.localcluster.api.conftest import LAB, Client, pod

PATH = f"{LAB}/pods/demo/binding"


def binding(**target: str) -> Object:
    about = {"kind": "Node", "name": "local-node", **target}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "demo"}, "target": about}


def test_a_bound_pod_has_its_node(client: Client) -> None:
    client.ok("POST", f"{LAB}/pods", pod())
    assert client.call("POST", PATH, binding(), dryRun="All").status == 201
    answer = client.call("POST", PATH, binding())
    done = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    assert (answer.status, answer.json) == (201, done)
    assert client.ok("GET", f"{LAB}/pods/demo")["spec"]["nodeName"] == "local-node"
    again = client.call("POST", PATH, binding(name="other"))
    why = 'pod demo is already assigned to node "local-node"'
    assert (again.status, again.json["message"]) == (
        409,
        f'Operation cannot be fulfilled on pods/binding "demo": {why}',
    )


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"kind": "Pod"}, 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'),
        ({"name": ""}, "target.name: Required value"),
        (
            {"kind": "Pod", "name": ""},
            '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", '
            "target.name: Required value]",
        ),
    ],
)
def test_a_pod_is_bound_to_a_node_and_nothing_else(client: Client, target: Object, why: str) -> None:
    client.ok("POST", f"{LAB}/pods", pod())
    answer = client.call("POST", PATH, binding(**target))
    assert (answer.status, answer.json["message"]) == (500, why)


def test_who_cannot_be_bound(client: Client) -> None:
    assert client.call("POST", PATH, binding()).status == 404
    other = {**binding(), "metadata": {"name": "other"}}
    assert client.call("POST", PATH, other).json["message"] == (
        "name in URL does not match name in Binding object"
    )
    gated = pod()
    gated["spec"]["schedulingGates"] = [{"name": "wait"}]
    client.ok("POST", f"{LAB}/pods", gated)
    answer = client.call("POST", PATH, binding())
    assert (answer.status, answer.json["details"]["kind"]) == (409, "pods/binding")
    assert answer.json["message"].endswith("pod demo has non-empty .spec.schedulingGates")
