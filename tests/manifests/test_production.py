"""What tells the second course's variants for scaling and xDS from each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from helpers.deploy import gateways
from tests.manifests.reading import MANIFESTS

SCALING = ("scaling", "scaling-aging", "xds", "xds-localities")
READ = [
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]}
]


def objects(folder: str) -> list[dict[str, Any]]:
    home = MANIFESTS / "production" / folder
    told = yaml.safe_load((home / "kustomization.yaml").read_text())
    assert {*told["resources"], "kustomization.yaml"} == {path.name for path in home.iterdir()}
    return [found for name in told["resources"] for found in yaml.safe_load_all((home / name).read_text())]


def deployments(folder: str) -> dict[str, Any]:
    return {
        item["metadata"]["name"]: item["spec"] for item in objects(folder) if item["kind"] == "Deployment"
    }


def container(folder: str, name: str) -> dict[str, Any]:
    (only,) = deployments(folder)[name]["template"]["spec"]["containers"]
    return only  # type: ignore[no-any-return]


@pytest.mark.parametrize("folder", [*SCALING, "gateway"])
def test_every_client_runs_three_times_or_when_it_is_measured_as_nobody(folder: str) -> None:
    for name, spec in deployments(folder).items():
        pod = spec["template"]["spec"]
        # Those that start with 0 run one at a time, side by side (measure_at_once).
        waits = "--measure" in pod["containers"][0].get("args", [])
        assert spec["replicas"] == 3 or (spec["replicas"] == 0 and waits) or not name.startswith("client-")
        assert pod["securityContext"]["runAsNonRoot"]
        (only,) = pod["containers"]
        assert only["securityContext"]["readOnlyRootFilesystem"]
        assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("folder", SCALING)
def test_who_asks_the_api_may_read_endpoints_and_nothing_else(folder: str) -> None:
    accounts = {item["metadata"]["name"] for item in objects(folder) if item["kind"] == "ServiceAccount"}
    rules = {item["metadata"]["name"]: item["rules"] for item in objects(folder) if item["kind"] == "Role"}
    assert rules == dict.fromkeys(accounts, READ)
    asking = {
        spec["template"]["spec"]["serviceAccountName"]
        for spec in deployments(folder).values()
        if spec["template"]["spec"].get("automountServiceAccountToken") is not False
    }
    assert asking == accounts


def test_one_flag_is_the_difference_between_the_default_floor_and_a_lower_one() -> None:
    lower = container("scaling-aging", "client-scaling-floor")["args"]
    place = lower.index("--resolution-interval")
    assert lower[:place] + lower[place + 2 :] == container("scaling-aging", "client-scaling-aging")["args"]


def test_the_servers_differ_by_their_age() -> None:
    args = container("scaling-aging", "demo-aging")["args"]
    assert args == ["server", "--max-connection-age", "2", "--max-connection-age-grace", "5"]


@pytest.mark.parametrize("folder", ["xds", "xds-localities"])
def test_an_xds_client_is_told_its_control_plane_and_nothing_of_pods(folder: str) -> None:
    client = container(folder, f"client-{folder}")
    told = {entry["name"]: entry.get("value", "") for entry in client["env"]}
    (plane,) = json.loads(told["GRPC_XDS_BOOTSTRAP_CONFIG"])["xds_servers"]
    assert plane["server_uri"] == "$(XDS_SERVER)"
    assert client["args"][1].startswith("xds:///")


def of_kind(folder: str, kind: str) -> Any:
    return next(item for item in objects(folder) if item["kind"] == kind)


def test_what_the_gateway_api_leaves_to_the_implementation_is_left_open() -> None:
    gateway, route = of_kind("gateway", "Gateway"), of_kind("gateway", "GRPCRoute")
    assert gateway["spec"]["gatewayClassName"] == gateways.TO_BE_CHOSEN
    assert {item["apiVersion"] for item in (gateway, route)} == {"gateway.networking.k8s.io/v1"}
    # Core support only: everything else may be missing from an implementation that conforms.
    assert set(gateway["spec"]) == {"gatewayClassName", "listeners"}
    assert {one["protocol"] for one in gateway["spec"]["listeners"]} == {"HTTP", "HTTPS"}
    assert [set(rule) for rule in route["spec"]["rules"]] == [{"backendRefs"}]


def test_a_route_leads_to_services_that_say_they_want_http2() -> None:
    services = {item["metadata"]["name"]: item for item in objects("gateway") if item["kind"] == "Service"}
    for backend in of_kind("gateway", "GRPCRoute")["spec"]["rules"][0]["backendRefs"]:
        (port,) = services[backend["name"]]["spec"]["ports"]
        assert (port["port"], port["appProtocol"]) == (backend["port"], "kubernetes.io/h2c")


def test_the_two_tracks_differ_by_their_label() -> None:
    stable, canary = (deployments("gateway")[f"demo-{track}"] for track in ("stable", "canary"))
    assert stable["template"]["spec"] == canary["template"]["spec"]
    assert stable["selector"]["matchLabels"] != canary["selector"]["matchLabels"]


def envoy_of(name: str) -> Any:
    """The configuration of the Envoy in a Deployment's pods."""
    every = deployments("envoy-policies")[name]["template"]["spec"]["containers"]
    (told,) = [one["args"] for one in every if one["name"] == "envoy"]
    return yaml.safe_load(told[told.index("--config-yaml") + 1])


@pytest.mark.parametrize("name", ["envoy-policies", "client-envoy-policies-sidecar"])
def test_of_an_envoys_administration_one_page_is_let_out(name: str) -> None:
    told = envoy_of(name)
    assert told["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"
    (stats,) = [one for one in told["static_resources"]["listeners"] if one["name"] == "stats"]
    manager = stats["filter_chains"][0]["filters"][0]["typed_config"]
    (route,) = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert route["match"]["path"] == "/clusters"
    assert route["match"]["headers"][0]["string_match"] == {"exact": "GET"}


def test_the_sidecar_has_the_policy_of_the_edge() -> None:
    edge, sidecar = (
        {one["name"]: one for one in envoy_of(name)["static_resources"]["clusters"]}["least-request"]
        for name in ("envoy-policies", "client-envoy-policies-sidecar")
    )
    assert edge == sidecar
    assert edge["lb_policy"] == "LEAST_REQUEST"


def test_ejecting_differs_from_patient_by_its_rule() -> None:
    clusters = {one["name"]: one for one in envoy_of("envoy-policies")["static_resources"]["clusters"]}
    patient, ejecting = (dict(clusters[name]) for name in ("patient", "ejecting"))
    assert ejecting.pop("outlier_detection")["max_ejection_percent"] == 50
    for one in (patient, ejecting):
        assert one.pop("load_assignment").pop("cluster_name") == one.pop("name")
    assert patient == ejecting


def test_the_three_ways_whose_cost_is_compared_differ_in_where_they_dial() -> None:
    made = deployments("envoy-policies")
    args = {
        way: made[f"client-envoy-policies-{way}"]["template"]["spec"]["containers"][0]["args"]
        for way in ("direct", "edge", "sidecar")
    }
    pace = ["--parallel", "10", "--interval", "0.02", "--measure"]
    assert args["direct"][2:] == ["--policy", "round_robin", *pace]
    assert args["edge"][2:] == pace
    assert args["sidecar"][2:] == [*pace, "--report-pace"]
