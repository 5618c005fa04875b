import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

NODES = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
NO_OPERATOR = "not a valid selector operator"


def node(*expressions: Object, kind: str = "matchExpressions") -> Object:
    return {"affinity": {"nodeAffinity": {NODES: {"nodeSelectorTerms": [{kind: list(expressions)}]}}}}


def pods(**term: object) -> Object:
    return {"affinity": {"podAffinity": {NODES: [{"topologyKey": "zone", **term}]}}}


def spread(**fields: object) -> Object:
    return {"topologySpreadConstraints": [{**SPREAD, **fields}]}


def tolerated(**fields: object) -> Object:
    return {"tolerations": [{"key": "a", "operator": "Exists", **fields}]}


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (
            {"affinity": {"nodeAffinity": {NODES: {"nodeSelectorTerms": []}}}},
            f"affinity.nodeAffinity.{NODES}.nodeSelectorTerms: Required value: must have at least one node "
            "selector term",
        ),
        (node({"key": "a", "operator": "Is"}), f'[0].operator: Invalid value: "Is": {NO_OPERATOR}'),
        (node({"key": "a", "operator": "In"}), "[0].values: Required value: must be specified when"),
        (
            node({"key": "a", "operator": "Gt", "values": ["1", "2"]}),
            "[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
        ),
        (node({"key": "a", "operator": "In", "values": ["b c"]}), '[0].values[0]: Invalid value: "b c"'),
        (
            node({"key": "metadata.uid", "operator": "In", "values": ["a"]}, kind="matchFields"),
            'matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key',
        ),
        (
            {"affinity": {"nodeAffinity": {PREFERRED: [{"weight": 101, "preference": {}}]}}},
            f"affinity.nodeAffinity.{PREFERRED}[0].weight: Invalid value: 101: must be in the range 1-100",
        ),
        (pods(namespaces=["A"]), f'affinity.podAffinity.{NODES}[0].namespace: Invalid value: "A"'),
        (
            pods(matchLabelKeys=["a"]),
            "[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
        ),
        (
            pods(labelSelector={"matchLabels": {"a": "b c"}}),
            '[0].labelSelector.matchLabels: Invalid value: "b c"',
        ),
        (
            spread(maxSkew=0),
            "topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        ),
        (
            spread(topologyKey=""),
            "topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
        ),
        (
            spread(whenUnsatisfiable="Maybe"),
            'whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", '
            '"ScheduleAnyway"',
        ),
        (
            spread(whenUnsatisfiable="ScheduleAnyway", minDomains=2),
            "minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
            "ScheduleAnyway",
        ),
        (
            spread(nodeTaintsPolicy="x"),
            'nodeTaintsPolicy: Unsupported value: "x": supported values: "Honor", "Ignore"',
        ),
        (
            {"topologySpreadConstraints": [SPREAD, SPREAD]},
            '[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
        ),
        (
            tolerated(effect="NoSchedule", tolerationSeconds=1),
            "tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when "
            "`tolerationSeconds` is set",
        ),
        (
            tolerated(effect="Never"),
            'tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", '
            '"PreferNoSchedule", "NoExecute"',
        ),
        (
            tolerated(key="", operator="Equal"),
            'tolerations[0].operator: Invalid value: "Equal": operator must',
        ),
        (tolerated(value="b"), 'tolerations[0].operator: Invalid value: "b": value must be empty when'),
        (tolerated(operator="Is"), 'operator: Unsupported value: "Is": supported values: "Equal", "Exists"'),
        ({"readinessGates": [{"conditionType": "a b"}]}, "readinessGates[0].conditionType: Invalid value"),
        (
            {"schedulingGates": [{"name": "a"}, {"name": "a"}]},
            'schedulingGates[1]: Duplicate value: "a"',
        ),
    ],
)
def test_a_wrong_wish_is_refused(spec: Object, error: str) -> None:
    [line] = rules.errors(samples.pod(**spec))
    assert line.startswith("spec.")
    assert error in line


def test_a_topology_has_a_name() -> None:
    field = f"spec.affinity.podAffinity.{NODES}[0].topologyKey"
    assert rules.fields(samples.pod(**pods(topologyKey=""))) == [field] * 3


def test_wishes_that_make_sense_pass() -> None:
    spec = {
        **node({"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Gt", "values": ["1"]}),
        **spread(labelSelector={"matchLabels": {"app": "demo"}}, minDomains=1),
        **tolerated(),
    }
    assert rules.errors(samples.pod(**spec)) == []
