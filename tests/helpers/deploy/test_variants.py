from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from helpers.deploy import ingress_readiness, variants
from helpers.deploy.certificates import fits
from helpers.deploy.manifests import load
from helpers.deploy.readiness import REVISION, is_rolled_out
from helpers.lab.errors import LabError, MissingError
from helpers.lab.objects import Object, name_of
from tests.helpers.deploy.test_ingress import PORTS, class_of
from tests.helpers.fakes import FakeObjects, fake_lab, made, pod, refused, waiting


def ready(item: Object) -> Object:
    """A Deployment as its controller reports it when all is well."""
    wanted = item["spec"].get("replicas", 1)
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), wanted)
    metadata = {**item["metadata"], "generation": 1}
    return {**item, "metadata": metadata, "status": {"observedGeneration": 1, **counts}}


class Cluster(FakeObjects):
    """Objects whose controllers do their work at once."""

    def apply(self, item: Object, namespace: str, *, dry_run: bool = False) -> Object:
        applied = super().apply(item, namespace, dry_run=dry_run)
        if item["kind"] == "Deployment":
            self.put(ready(item))
        if item["kind"] == "Ingress":
            entry = {"ip": "127.9.0.20", "ports": PORTS}
            self.put({**item, "status": {"loadBalancer": {"ingress": [entry]}}})
        return applied


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    lab = fake_lab()
    # The controller has no address here; what is waited for there has its own test.
    monkeypatch.setattr(ingress_readiness, "reach_ingress", lambda *_, **__: None)
    lab.objects = Cluster(class_of("nginx"), class_of("nginx-legacy"))
    return lab


def applied(lab: Any) -> list[tuple[str, str]]:
    return [(kind, name) for verb, kind, name in lab.objects.calls if verb == "apply"]


def environment(item: Object) -> dict[str, Any]:
    [container] = item["spec"]["template"]["spec"]["containers"]
    return {variable["name"]: variable for variable in container["env"]}


def test_a_variant_is_applied_in_order_with_deployments_last(place: Any) -> None:
    variants.apply(place, "clusterip")
    assert applied(place) == [("Service", "demo-clusterip"), ("Deployment", "client-clusterip")]


@pytest.mark.parametrize(("pace", "interval"), [(None, "1"), ("20", "0.05"), ("0.5", "2")])
def test_the_clients_get_the_pace(
    place: Any, monkeypatch: pytest.MonkeyPatch, pace: str | None, interval: str
) -> None:
    if pace:
        monkeypatch.setenv("LAB_PACE", pace)
    variants.apply(place, "clusterip")
    client = place.objects.get("Deployment", "me", "client-clusterip")
    assert environment(client)["GREETER_INTERVAL"]["value"] == interval


@pytest.mark.parametrize("pace", ["0", "-1", "fast", "nan", "inf"])
def test_no_pace_is_refused_before_anything_is_applied(
    place: Any, monkeypatch: pytest.MonkeyPatch, pace: str
) -> None:
    monkeypatch.setenv("LAB_PACE", pace)
    with pytest.raises(LabError, match=f'LAB_PACE is "{pace}"'):
        variants.apply(place, "clusterip")
    assert applied(place) == []


def test_the_image_is_the_labs(place: Any) -> None:
    place.image_prefix, place.image_tag = "registry:5000/me/demo", "2"
    variants.apply(place, "greeter")
    [container] = place.objects.get("Deployment", "me", "demo")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry:5000/me/demo-greeter:2"


@pytest.mark.parametrize("variant", ["ingress", "rollout", "gateway"])
def test_the_hosts_are_the_namespaces(place: Any, monkeypatch: pytest.MonkeyPatch, variant: str) -> None:
    monkeypatch.setenv("LAB_GATEWAY_CLASS", "any")
    text = json.dumps(variants.planned(place, variant))
    hosts = set(re.findall(r"[\w.-]+\.greeter\.example", text))
    assert hosts == {f"{variant}.me.greeter.example"}
    assert text.count("greeter.example") == json.dumps(load(variant)).count("greeter.example")


def test_another_owners_object_stops_everything(place: Any) -> None:
    place.objects.put(made("Deployment", "client-clusterip", ours=False, spec={}))
    with pytest.raises(
        LabError, match="Deployment client-clusterip in namespace me belongs to somebody else"
    ):
        variants.apply(place, "clusterip")
    assert applied(place) == []


def test_a_conflict_says_how_to_begin_anew(place: Any) -> None:
    place.objects.refusals["apply", "Deployment"] = refused(409, "conflict with kubectl: .spec.replicas")
    with pytest.raises(LabError, match=r"changed by others.*\.spec\.replicas.*helpers\.delete"):
        variants.apply(place, "greeter")


def test_a_host_that_an_admission_webhook_says_is_taken_is_refused_with_advice(place: Any) -> None:
    words = "admission webhook denied the request: host is already defined in ingress other/theirs"
    place.objects.refusals["apply", "Ingress"] = refused(400, words)
    with pytest.raises(LabError, match=r"\(400\): .* in ingress other/theirs\. Delete the other Ingress, or"):
        variants.apply(place, "ingress")


def test_a_refusal_is_the_servers_words(place: Any) -> None:
    place.objects.refusals["apply", "Service"] = refused(403, "services is forbidden")
    with pytest.raises(LabError, match=r"Service demo-clusterip .* \(403\): services is forbidden"):
        variants.apply(place, "clusterip")


def test_an_ingress_gets_its_certificate_and_its_clients_the_address(place: Any) -> None:
    variants.apply(place, "ingress")
    # The Ingress comes after its Secret, the clients after what they read their environment from.
    assert applied(place) == [
        ("Service", "demo-ingress"),
        ("Secret", "demo-ingress-tls"),
        ("Ingress", "demo-ingress"),
        ("ConfigMap", "ingress-address"),
        ("Deployment", "client-ingress"),
    ]
    secret = place.objects.get("Secret", "me", "demo-ingress-tls")
    assert secret["type"] == "kubernetes.io/tls"
    assert fits(secret["data"], "ingress.me.greeter.example")
    address = place.objects.get("ConfigMap", "me", "ingress-address")["data"]
    assert address == {"nginx-http": "127.9.0.20:8080", "nginx-https": "127.9.0.20:8443"}


def test_a_certificate_that_fits_is_kept_and_a_stale_one_replaced(place: Any) -> None:
    variants.apply(place, "ingress")
    first = place.objects.get("Secret", "me", "demo-ingress-tls")
    variants.apply(place, "ingress")
    assert place.objects.get("Secret", "me", "demo-ingress-tls") == first
    place.objects.put({**first, "data": {**first["data"], "tls.crt": base64.b64encode(b"old").decode()}})
    variants.apply(place, "ingress")
    assert fits(place.objects.get("Secret", "me", "demo-ingress-tls")["data"], "ingress.me.greeter.example")


def test_without_its_class_an_ingress_variant_is_refused_at_once_and_makes_nothing() -> None:
    bare = fake_lab()
    for work in (variants.apply, variants.wait_ready):
        with pytest.raises(
            MissingError, match=r"No IngressClass nginx .* nothing would serve client-ingress"
        ):
            work(bare, "ingress")
    assert applied(bare) == []


def test_without_its_class_only_the_clients_that_need_it_are_left_out(
    place: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    place.objects = Cluster(class_of("other"))
    for variant, gone in (("failure", 1), ("rollout", 2), ("streams", 2)):
        variants.apply(place, variant)
        variants.apply(place, variant)
        assert capsys.readouterr().out.count("Left out: ") == 1
        every = {name_of(item) for item in load(variant) if item["kind"] == "Deployment"}
        there = {name for kind, name in applied(place) if kind == "Deployment"}
        assert len(every - there) == gone
    assert not [name for kind, name in applied(place) if kind in {"Ingress", "ConfigMap", "Secret"}]


def deployment(**status: int) -> Object:
    labels = {"matchLabels": {"app": "demo"}}
    return made(
        "Deployment",
        "demo",
        metadata={"generation": 2},
        spec={"replicas": 3, "selector": labels},
        status=status,
    )


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3}, True),
        ({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3}, False),
        ({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "readyReplicas": 3}, False),
        ({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 2}, False),
        ({}, False),
    ],
)
def test_rolled_out_means_the_newest_and_no_other(status: dict[str, int], done: bool) -> None:
    assert is_rolled_out(deployment(**status)) is done


FULL = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3}


def test_a_deployment_is_waited_for() -> None:
    lab = fake_lab(deployment())
    lab.objects.meanwhile = [
        lambda: lab.objects.put(deployment(readyReplicas=1)),
        lambda: lab.objects.put(deployment(**FULL)),
    ]
    variants.wait_ready(lab, "greeter")
    assert lab.objects.meanwhile == []


def replica_set(revision: str) -> Object:
    return made(
        "ReplicaSet",
        f"demo-{revision}",
        labels={"app": "demo"},
        metadata={"annotations": {REVISION: revision}},
    )


def broken(revision: str, reason: str = "ErrImageNeverPull") -> Object:
    """A pod of a revision whose image is not there."""
    return with_owner(
        pod(f"demo-{revision}-1", ready=False, phase="Pending", status=waiting(reason)), revision
    )


def with_owner(item: Object, revision: str = "7") -> Object:
    item["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": f"demo-{revision}"}]
    return item


def revised(revision: str, **status: int) -> Object:
    item = deployment(**{"observedGeneration": 2, **status})
    item["metadata"]["annotations"] = {REVISION: revision}
    return item


def test_a_missing_image_ends_the_wait_with_its_name_and_what_to_type() -> None:
    lab = fake_lab(revised("7"), replica_set("7"), broken("7"))
    lab.objects.meanwhile = [lambda: pytest.fail("waited on")]
    with pytest.raises(
        LabError,
        match=r"not ready: demo-7-1 ErrImageNeverPull: image demo/greeter.*--image-prefix .*image_prefix=",
    ):
        variants.wait_ready(lab, "greeter")


def test_what_makes_the_projects_images_is_not_said_of_another_image() -> None:
    item = broken("7", "ImagePullBackOff")
    item["status"]["containerStatuses"][0]["image"] = "envoyproxy/envoy:v1.40.0"
    with pytest.raises(LabError, match=r"ImagePullBackOff: image envoyproxy/envoy:v1\.40\.0\.$"):
        variants.wait_ready(fake_lab(revised("7"), replica_set("7"), item), "greeter")


def test_a_wait_that_ends_before_the_image_is_there_says_how_to_wait_longer() -> None:
    lab = fake_lab(revised("7"), replica_set("7"), broken("7", "ContainerCreating"))
    with pytest.raises(LabError, match=r"demo-7-1 ContainerCreating: .* apply again to wait longer\.$"):
        variants.wait_ready(lab, "greeter", timeout=0)


def test_pods_of_a_superseded_revision_do_not_end_the_wait() -> None:
    before = revised("7", observedGeneration=1)
    lab = fake_lab(before, replica_set("7"), broken("7"))
    lab.objects.meanwhile = [
        lambda: lab.objects.put(replica_set("8")),
        lambda: lab.objects.put(revised("8", replicas=4, updatedReplicas=1)),
        lambda: lab.objects.put(revised("8", **FULL)),
    ]
    variants.wait_ready(lab, "greeter")
    assert lab.objects.meanwhile == []


def test_where_replica_sets_may_not_be_listed_all_pods_count() -> None:
    lab = fake_lab(revised("7"), broken("7"))
    lab.objects.refusals["list", "ReplicaSet"] = refused(403, "forbidden")
    with pytest.raises(LabError, match="demo-7-1 ErrImageNeverPull"):
        variants.wait_ready(lab, "greeter")


def test_a_refused_pod_is_read_from_the_deployment() -> None:
    condition = {"type": "ReplicaFailure", "message": "exceeded quota: small"}
    item = deployment()
    item["status"] = {"conditions": [condition]}
    with pytest.raises(LabError, match="there are no pods; exceeded quota: small"):
        variants.wait_ready(fake_lab(item), "greeter")


def test_the_words_of_another_end_with_one_full_stop() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "Insufficient cpu."}
    item = pod("demo-1", ready=False, phase="Pending", status={"conditions": [condition]})
    with pytest.raises(LabError, match=r"demo-1 not scheduled: Insufficient cpu\.$"):
        variants.wait_ready(fake_lab(revised("7"), replica_set("7"), with_owner(item)), "greeter")


def test_what_was_not_applied_is_said() -> None:
    with pytest.raises(LabError, match="no Deployment demo in namespace me"):
        variants.wait_ready(fake_lab(), "greeter")


def deleted(lab: Any) -> list[tuple[str, str]]:
    return [(kind, name) for verb, kind, name in lab.objects.calls if verb.startswith("delete")]


def namespace(created: bool) -> Object:
    annotations = {"grpc-lab/created": "true"} if created else {}
    return {"kind": "Namespace", "metadata": {"name": "me", "annotations": annotations}}


def test_a_namespace_that_the_lab_made_goes_as_a_whole(place: Any) -> None:
    place.objects.known["Namespace", "", "me"] = namespace(True)
    variants.delete(place)
    assert deleted(place) == [("Namespace", "me")]


def test_a_namespace_that_others_use_stays_with_what_is_theirs(
    place: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    place.objects.known["Namespace", "", "me"] = namespace(True)
    place.objects.put(made("Service", "demo-clusterip"))
    place.objects.put(made("Service", "theirs", ours=False))
    variants.delete(place)
    assert deleted(place) == [("Service", "demo-clusterip")]
    assert (
        "Namespace me stays, for it holds what is not the course's: Service theirs;"
        in capsys.readouterr().out
    )


def test_what_controllers_make_does_not_keep_a_namespace(place: Any) -> None:
    place.objects.known["Namespace", "", "me"] = namespace(True)
    place.objects.put(made("ConfigMap", "kube-root-ca.crt", ours=False))
    place.objects.put(made("Secret", "default-token", ours=False, type="kubernetes.io/service-account-token"))
    owner = [{"kind": "Gateway", "name": "demo"}]
    place.objects.put(made("Deployment", "demo-istio", ours=False, metadata={"ownerReferences": owner}))
    variants.delete(place)
    assert deleted(place) == [("Namespace", "me")]


def test_in_a_namespace_of_others_only_ours_goes() -> None:
    lab = fake_lab(namespace(False), made("Service", "theirs", ours=False), made("Service", "demo-clusterip"))
    lab.objects.put(made("Deployment", "demo"))
    variants.delete(lab)
    assert deleted(lab) == [("Deployment", "demo"), ("Service", "demo-clusterip")]


def test_one_variant_goes_with_its_secret(place: Any) -> None:
    variants.apply(place, "greeter")
    variants.apply(place, "ingress")
    variants.delete(place, "ingress")
    left = {(item["kind"], name_of(item)) for item in place.objects.known.values()}
    assert ("Deployment", "demo") in left
    assert not {name for kind, name in left if kind in {"Ingress", "Secret", "Service"}}


def test_another_owners_object_of_the_same_name_stays() -> None:
    lab = fake_lab(made("Service", "demo-clusterip", ours=False))
    variants.delete(lab, "clusterip")
    assert deleted(lab) == []


def test_what_does_not_go_is_named(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    variants.apply(place, "clusterip")
    monkeypatch.setattr(place.objects, "delete", lambda *_arguments, **_options: None)
    with pytest.raises(LabError, match="Deployment client-clusterip in namespace me is still being deleted"):
        variants.delete(place, "clusterip")


def test_a_namespace_that_is_gone_says_how_to_have_it_again(place: Any) -> None:
    place.objects.refusals["apply", "Service"] = refused(404, 'namespaces \\"grpc-lab\\" not found')
    with pytest.raises(LabError, match=r"Namespace .* is gone; make it again: lab = helpers\.connect\(\)"):
        variants.apply(place, "clusterip")
