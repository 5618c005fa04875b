"""Ingresses in, nginx's configuration, status and events out; nginx itself is tested beside its module."""

import asyncio
import base64
from pathlib import Path
from typing import Any, cast

import pytest

from localcluster.controllers import ingress
from localcluster.host.addresses import Addresses, Block
from localcluster.lifecycle import certificates
from localcluster.network import nginx
from localcluster.network.nginx import Entrance, Nginx
from localcluster.objects.ingresses import PREFIX
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from localcluster.types import Object

ENTRANCES = (
    Entrance("nginx", "127.77.0.20", 8080, 8443),
    Entrance("nginx-legacy", "127.77.0.21", 8080, 8443, legacy=True),
)


class Accepting:
    """An nginx that takes every configuration, or complains about each."""

    def __init__(self, complaint: str = "") -> None:
        self.texts: list[str] = []
        self.complaint = complaint

    async def apply(self, text: str) -> str:
        self.texts.append(text)
        return self.complaint


@pytest.fixture
def registry() -> Registry:
    found = Registry(Store(None), Addresses(Block(77)))
    found.create("Namespace", {"metadata": {"name": "lab"}})
    for entrance in ENTRANCES:
        found.create(
            "IngressClass",
            {"metadata": {"name": entrance.class_name}, "spec": {"controller": "k8s.io/ingress-nginx"}},
        )
    return found


@pytest.fixture
def controller(registry: Registry, tmp_path: Path) -> ingress.Controller:
    held = nginx.Certificates(tmp_path)
    return ingress.Controller(registry, ENTRANCES, held, nginx.Settings("127.77.0.10:1053", held.fake))


def wish(name: str = "demo", of: str = "nginx", **more: Any) -> Object:
    backend = {"service": {"name": "demo", "port": {"name": "grpc"}}}
    paths = [{"path": more.pop("path", "/"), "pathType": "Prefix", "backend": backend}]
    annotations = {"nginx.ingress.kubernetes.io/backend-protocol": "GRPC", **more.pop("annotations", {})}
    rules = [{"host": more.pop("host", f"{name}.example"), "http": {"paths": paths}}]
    return {
        "metadata": {"name": name, "namespace": "lab", "annotations": annotations},
        "spec": {"ingressClassName": of, "rules": rules, **more},
    }


def reconcile(controller: ingress.Controller, complaint: str = "") -> str:
    fake = Accepting(complaint)
    asyncio.run(controller.reconcile(cast("Nginx", fake)))
    return fake.texts[-1]


def reasons(registry: Registry) -> set[str]:
    return {event["reason"] for event in registry.list("Event", "lab")}


def test_each_class_serves_its_own_and_says_where(registry: Registry, controller: ingress.Controller) -> None:
    registry.create("Ingress", wish("new"))
    registry.create("Ingress", wish("old", "nginx-legacy"))
    registry.create("Ingress", wish("stranger", "traefik"))
    text = reconcile(controller)
    assert 'server_name "new.example";' in text
    assert 'server_name "old.example";' in text
    assert "stranger" not in text
    places = {
        name: registry.get("Ingress", "lab", name)["status"]["loadBalancer"].get("ingress")
        for name in ("new", "old", "stranger")
    }
    ports = [{"port": 8080, "protocol": "TCP"}, {"port": 8443, "protocol": "TCP"}]
    assert places == {
        "new": [{"ip": "127.77.0.20", "ports": ports}],
        "old": [{"ip": "127.77.0.21", "ports": ports}],
        "stranger": None,
    }
    assert reasons(registry) == {"Sync"}


def test_the_same_objects_are_told_once(registry: Registry, controller: ingress.Controller) -> None:
    registry.create("Ingress", wish())
    first = reconcile(controller)
    events, revision = registry.list("Event", "lab"), registry.store.revision
    assert reconcile(controller) == first
    assert registry.list("Event", "lab") == events
    assert registry.store.revision == revision


def test_a_tls_secret_is_used_once_it_is_there(registry: Registry, controller: ingress.Controller) -> None:
    registry.create("Ingress", wish(tls=[{"hosts": ["demo.example"], "secretName": "demo-tls"}]))
    assert reconcile(controller).count("certificates/fake.pem") > 0
    assert "CertificateNotUsed" in reasons(registry)
    pair = certificates.make_server(None, ["demo.example"])
    data = {
        "tls.crt": base64.b64encode(pair.certificate_pem.encode()).decode(),
        "tls.key": base64.b64encode(pair.key_pem.encode()).decode(),
    }
    secret = {"metadata": {"name": "demo-tls", "namespace": "lab"}, "type": "kubernetes.io/tls", "data": data}
    registry.create("Secret", secret)
    text = reconcile(controller)
    block = text[text.index('server_name "demo.example"') :]
    assert "fake.pem" not in block.split("server {")[0]
    assert "return 308" in block


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"path": "/a;b"}, "path"),
        ({"annotations": {"nginx.ingress.kubernetes.io/backend-protocol": "FCGI"}}, "backend-protocol"),
        (
            {"annotations": {"nginx.ingress.kubernetes.io/proxy-read-timeout": "1; evil"}},
            "proxy-read-timeout",
        ),
        ({"annotations": {"nginx.ingress.kubernetes.io/ssl-redirect": "maybe"}}, "ssl-redirect"),
        ({"annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "1m; evil"}}, "proxy-body-size"),
    ],
)
def test_a_bad_value_is_refused_and_its_owner_told(
    registry: Registry, controller: ingress.Controller, more: dict[str, Any], word: str
) -> None:
    registry.create("Ingress", wish("good"))
    registry.create("Ingress", wish("bad", **more))
    text = reconcile(controller)
    assert "good.example" in text
    assert "bad.example" not in text
    assert "evil" not in text
    told = [event["message"] for event in registry.list("Event", "lab") if event["reason"] == "Rejected"]
    assert len(told) == 1
    assert word in told[0]


def test_an_annotation_without_effect_is_said_so(registry: Registry, controller: ingress.Controller) -> None:
    registry.create(
        "Ingress", wish(annotations={"nginx.ingress.kubernetes.io/server-snippet": "return 200;"})
    )
    assert "return 200;" not in reconcile(controller)
    assert "AnnotationIgnored" in reasons(registry)


def test_a_configuration_that_nginx_refuses_is_told_to_all(
    registry: Registry, controller: ingress.Controller
) -> None:
    registry.create("Ingress", wish())
    reconcile(controller, "unknown directive")
    assert reasons(registry) == {"RELOAD"}
    assert "ingress" not in registry.get("Ingress", "lab", "demo")["status"]["loadBalancer"]


def test_the_older_ingress_keeps_a_path_that_two_want(
    registry: Registry, controller: ingress.Controller
) -> None:
    # As ingress-nginx's webhook, which otherwise refuses the second, lets it pass.
    undecided = {f"{PREFIX}canary": "false"}
    for name, service in (("a-younger", "later"), ("b-older", "first")):
        found = wish(name, host="shared.example", annotations=undecided)
        found["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = service
        made = registry.create("Ingress", found)
        made["metadata"]["creationTimestamp"] = (
            "2020-01-01T00:00:00Z" if service == "first" else "2021-01-01T00:00:00Z"
        )
        registry.store.put("Ingress", made)
    text = reconcile(controller)
    assert "grpc_pass grpc://lab.first.grpc.grpc;" in text
    assert "grpc_pass grpc://lab.later.grpc.grpc;" not in text
    told = [event for event in registry.list("Event") if event["reason"] == "Rejected"]
    assert [event["involvedObject"]["name"] for event in told] == ["a-younger"]
    assert (
        told[0]["message"] == 'host "shared.example" and path "/" is already defined in ingress lab/b-older'
    )


# --- canaries -----------------------------------------------------------------------------------------------


def canary(name: str = "canary", service: str = "canary", **annotations: str) -> Object:
    """An Ingress that wants a share of what `wish()` serves."""
    said = {
        "canary": "true",
        "backend-protocol": "HTTP",
        **{k.replace("_", "-"): v for k, v in annotations.items()},
    }
    made = wish(name, host="demo.example", annotations={f"{PREFIX}{key}": said[key] for key in said})
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = service
    return made


def told(registry: Registry, reason: str) -> list[str]:
    return [event["message"] for event in registry.list("Event", "lab") if event["reason"] == reason]


def test_a_canary_takes_its_share_whatever_the_order_of_names(
    registry: Registry, controller: ingress.Controller
) -> None:
    registry.create("Ingress", canary("a-canary", canary_weight="30", canary_by_header="X-Canary"))
    registry.create("Ingress", wish())
    text = reconcile(controller)
    (site,) = [block for block in text.split("server {") if 'server_name "demo.example";' in block]
    assert site.count("grpc_pass grpc://$canary_") == site.count("_pass") == 1
    assert '30.00% "lab.canary.grpc.grpc.or.lab.demo.grpc.grpc"; * "lab.demo.grpc.grpc";' in text
    assert "map $http_x_canary $canary_" in text
    assert reasons(registry) == {"Sync"}


def test_a_canary_alone_serves_nothing(registry: Registry, controller: ingress.Controller) -> None:
    registry.create("Ingress", canary(canary_weight="100"))
    assert "demo.example" not in reconcile(controller)
    (why,) = told(registry, "CanaryNotServed")
    assert why.startswith("Canary of host demo.example and path / is not served: no other Ingress")


@pytest.mark.parametrize(
    ("second", "reason", "word"),
    [
        (canary("same", "demo"), "CanaryNotServed", "names the same Service"),
        (canary("z-second", "third"), "CanaryNotServed", "another canary is there"),
        (canary("odd", canary_weight="a lot"), "Rejected", "canary-weight 'a lot'"),
        (canary("odd", canary_by_header="a;b"), "Rejected", "canary-by-header 'a;b'"),
        (canary("cookie", canary_by_cookie="c"), "AnnotationIgnored", "canary-by-cookie"),
    ],
)
def test_a_canary_that_is_not_served_as_it_says(
    registry: Registry, controller: ingress.Controller, second: Object, reason: str, word: str
) -> None:
    registry.create("Ingress", wish())
    if second["metadata"]["name"] == "z-second":
        registry.create("Ingress", canary())
    registry.create("Ingress", second)
    assert "third" not in reconcile(controller)
    (why,) = told(registry, reason)
    assert word in why
