"""Classes of Ingresses, and places that only one may have."""

from typing import Any

import pytest

from localcluster.errors import BadRequest
from localcluster.objects import ingresses
from localcluster.storage.registry import Registry
from localcluster.types import Object
from tests.localcluster.objects import samples

CANARY = {f"{ingresses.PREFIX}canary": "true"}


def ingress(name: str, *paths: str, host: str = "demo.example", **more: Any) -> Object:
    made = samples.ingress(*(samples.path(path) for path in paths or ("/",)))
    made["metadata"] |= {"name": name, "annotations": more.pop("annotations", {})}
    made["spec"] |= {"ingressClassName": "nginx", **more}
    made["spec"]["rules"][0]["host"] = host
    return made


def a_class(name: str, *, default: bool = False, created: str = "2026-01-01T00:00:00Z") -> Object:
    marks = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    meta = {"name": name, "annotations": marks, "creationTimestamp": created}
    return {"metadata": meta, "spec": {"controller": "k8s.io/ingress-nginx"}}


@pytest.fixture
def registry() -> Registry:
    made = samples.registry()
    for name in ("nginx", "nginx-legacy"):
        made.create("IngressClass", a_class(name))
    made.create("Ingress", ingress("first", "/", "/b"))
    return made


@pytest.mark.parametrize(
    "second",
    [
        ingress("second", host="other.example"),
        ingress("second", "/c"),
        ingress("second", ingressClassName="nginx-legacy"),
        ingress("second", ingressClassName="nobodys"),
        ingress("second", annotations=CANARY),
    ],
)
def test_a_place_of_its_own(registry: Registry, second: Object) -> None:
    registry.create("Ingress", second)
    assert len(registry.list("Ingress")) == 2


def test_a_place_that_another_has_is_refused_in_the_words_of_the_webhook(registry: Registry) -> None:
    refusal = (
        'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: '
        'host "demo.example" and path "/b" is already defined in ingress lab/first'
    )
    with pytest.raises(BadRequest) as caught:
        registry.create("Ingress", ingress("second", "/a", "/b"), dry_run=True)
    assert caught.value.message == refusal
    moved = registry.create("Ingress", ingress("second", "/a"))
    moved["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/b"
    with pytest.raises(BadRequest) as caught:
        registry.update("Ingress", moved)
    assert caught.value.message == refusal
    first = registry.get("Ingress", "lab", "first")
    registry.update("Ingress", {**first, "metadata": {**first["metadata"], "labels": {"a": "b"}}})


def test_an_ingress_without_a_host_has_all_of_them(registry: Registry) -> None:
    registry.create("Ingress", ingress("any", host=""))
    with pytest.raises(BadRequest, match='host "_" and path "/" is already defined in ingress lab/any'):
        registry.create("Ingress", ingress("second", host=""))


def test_the_default_class_is_for_those_without_one(registry: Registry) -> None:
    def made(name: str, **annotations: str) -> str:
        wish = ingress(name, host=f"{name}.example", annotations=annotations)
        del wish["spec"]["ingressClassName"]
        return ingresses.class_of(registry.create("Ingress", wish))

    assert made("before") == ""
    registry.create("IngressClass", a_class("chosen", default=True))
    assert made("after") == "chosen"
    assert made("noted", **{ingresses.CLASS_ANNOTATION: "nginx"}) == "nginx"


def test_of_several_default_classes_the_newest_counts() -> None:
    new, newer = "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
    classes = [a_class("c", default=True, created=newer), a_class("b", default=True, created=newer)]
    found: Object = {"metadata": {}, "spec": {}}
    ingresses.admit(found, [*classes, a_class("a", default=True, created=new)])
    assert found["spec"] == {"ingressClassName": "b"}
