from typing import Any

import pytest

from localcluster.objects import defaults
from localcluster.types import Object
from tests.localcluster.objects import samples


def defaulted(obj: Object) -> Any:
    defaults.apply(obj["kind"], obj)
    return obj


def test_a_deployment_gets_replicas_a_strategy_and_limits() -> None:
    spec = defaulted(samples.workload())["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }


def test_zero_replicas_and_another_strategy_stay() -> None:
    wanted = samples.workload()
    wanted["spec"] |= {"replicas": 0, "strategy": {"type": "Recreate"}}
    spec = defaulted(wanted)["spec"]
    assert (spec["replicas"], spec["strategy"]) == (0, {"type": "Recreate"})


def test_a_template_is_defaulted_like_a_pod_without_what_admission_sets() -> None:
    spec = defaulted(samples.workload("ReplicaSet"))["spec"]["template"]["spec"]
    assert (spec["restartPolicy"], spec["dnsPolicy"], spec["securityContext"]) == (
        "Always",
        "ClusterFirst",
        {},
    )
    assert not spec.keys() & {"serviceAccountName", "tolerations", "enableServiceLinks", "priority"}


def test_a_service_points_at_its_own_port() -> None:
    spec = defaulted(samples.service(ports=[{"port": 80}]))["spec"]
    assert spec["ports"] == [{"port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert (spec["type"], spec["sessionAffinity"], spec["internalTrafficPolicy"]) == (
        "ClusterIP",
        "None",
        "Cluster",
    )
    assert "externalTrafficPolicy" not in spec


def test_client_affinity_lasts_three_hours_and_none_has_no_settings() -> None:
    sticky = defaulted(samples.service(sessionAffinity="ClientIP"))["spec"]
    assert sticky["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    loose = defaulted(samples.service(sessionAffinityConfig={"clientIP": {"timeoutSeconds": 1}}))["spec"]
    assert "sessionAffinityConfig" not in loose


def test_texts_of_a_secret_become_data() -> None:
    secret: Object = {
        "kind": "Secret",
        "data": {"a": "eA==", "b": "eQ=="},
        "stringData": {"b": "new", "c": "ü"},
    }
    assert defaulted(secret) == {
        "kind": "Secret",
        "type": "Opaque",
        "data": {"a": "eA==", "b": "bmV3", "c": "w7w="},
    }


@pytest.mark.parametrize(
    "obj",
    [samples.pod(), samples.workload(), samples.workload("ReplicaSet"), samples.service(type="LoadBalancer")],
)
def test_defaulting_twice_changes_nothing_more(obj: Object) -> None:
    once = defaulted(obj)
    text = repr(once)
    assert repr(defaulted(once)) == text
