"""The objects a cluster has before anybody made one: they are there after each start."""

from localcluster.access.defaults import default_rights
from localcluster.controllers.endpointslicemirroring import SKIP
from localcluster.controllers.gateways.controller import NAME as GATEWAY_CONTROLLER
from localcluster.host import addresses
from localcluster.lifecycle.difficulty import NONE, Difficulty
from localcluster.storage import resources
from localcluster.storage.registry import Registry
from localcluster.storage.resources import BY_KIND
from localcluster.storage.store import Store
from localcluster.types import Object

INGRESS = "ingress-nginx"  # where ingress-nginx's own manifests put the controller
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
INGRESS_CLASSES = {"nginx": "k8s.io/ingress-nginx", "nginx-legacy": "k8s.io/ingress-nginx-legacy"}
GATEWAY_CLASSES = {"envoy": GATEWAY_CONTROLLER}
API_SERVICE = "kubernetes"


def ensure(registry: Registry, block: addresses.Block, api_port: int, wanted: Difficulty = NONE) -> None:
    """Make what is missing, and point the Service ``kubernetes`` at where the API is this time.

    Args:
        registry: all objects.
        block: the cluster's addresses.
        api_port: where the API is served.
        wanted: what the cluster shall be without; what an earlier start made of it is taken away.
    """
    for name in NAMESPACES:
        _ensure(registry, "Namespace", {"metadata": {"name": name}})
    _have(registry, "Namespace", {"metadata": {"name": INGRESS}}, there=not wanted.without_ingress)
    for name, controller in INGRESS_CLASSES.items():
        one: Object = {"metadata": {"name": name}, "spec": {"controller": controller}}
        _have(registry, "IngressClass", one, there=not wanted.without_ingress)
    for name, served_by in GATEWAY_CLASSES.items():
        spec = {"controllerName": served_by, "description": "The local cluster's Envoy"}
        one = {"metadata": {"name": name}, "spec": spec}
        _have(registry, "GatewayClass", one, there=not wanted.without_gateway)
    if wanted.without_gateway:
        resources.LEFT_OUT.add(BY_KIND["Gateway"].group)
    for kind, right in default_rights():
        _ensure(registry, kind, right)
    _api_service(registry, block, api_port)


def _ensure(registry: Registry, kind: str, wanted: Object) -> None:
    meta = wanted["metadata"]
    if registry.find(kind, meta.get("namespace"), meta["name"]) is None:
        registry.create(kind, wanted)


def _have(registry: Registry, kind: str, wanted: Object, *, there: bool) -> None:
    """Make an object or take it away."""
    name = wanted["metadata"]["name"]
    if there:
        _ensure(registry, kind, wanted)
    elif registry.find(kind, None, name) is not None:
        registry.delete(kind, None, name)


def _api_service(registry: Registry, block: addresses.Block, port: int) -> None:
    """The API as a Service; 443 is out of reach, so pods learn its true address from their environment."""
    name, namespace = API_SERVICE, "default"
    labels = {"component": "apiserver", "provider": "kubernetes"}
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}]
    spec = {"type": "ClusterIP", "clusterIP": block.at(*addresses.API_SERVICE), "ports": ports}
    _replace(
        registry,
        "Service",
        {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec},
    )
    target = {"name": "https", "port": port, "protocol": "TCP"}
    _replace(
        registry,
        "Endpoints",
        {
            "metadata": {"name": name, "namespace": namespace, "labels": {SKIP: "true"}},
            "subsets": [{"addresses": [{"ip": block.api}], "ports": [target]}],
        },
    )
    _replace(
        registry,
        "EndpointSlice",
        {
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": [block.api], "conditions": {"ready": True}}],
            "ports": [target],
        },
    )


def _replace(registry: Registry, kind: str, wanted: Object) -> None:
    """Make the object anew unless it already says what it should (a Service's address cannot be changed)."""
    meta = wanted["metadata"]
    found = registry.find(kind, meta["namespace"], meta["name"])
    if found is not None and _says(found, wanted):
        return
    if found is not None:
        registry.delete(kind, meta["namespace"], meta["name"])
    registry.create(kind, wanted)


def _says(found: object, wanted: object) -> bool:
    """Tell whether everything that is wanted is there; defaults may be there too."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_says(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_says, found, wanted))
    return found == wanted


def readdress(store: Store, block: addresses.Block) -> None:
    """Move every Service into the cluster's block, to the same place in it.

    For a cluster that finds its old block in use: a ClusterIP cannot be changed through the API, and
    nobody could be told of the new one anyway, for the cluster was not running.
    """
    for record in store.records("Service"):
        service = record.copy()
        address = service["spec"].get("clusterIP")
        if address and address != "None" and not block.contains(address):
            moved = addresses.readdressed(address, block)
            service["spec"]["clusterIP"] = moved
            service["spec"]["clusterIPs"] = [moved]
            store.put("Service", service)
