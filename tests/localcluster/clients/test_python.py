"""Small sessions of the clients that Python programs use."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import kr8s
import pytest
from kr8s.asyncio.objects import ConfigMap, Deployment, Namespace
from kr8s.asyncio.objects import Pod as Kr8sPod
from kubernetes import aio, client, config, dynamic, informer, stream
from kubernetes.client.exceptions import ApiException

from tests.patience import PATIENCE, until

GREETER = "demo/greeter:dev"
# Dictionaries are as good as models for the client, and some of its parts have no types: not checked here.
OFFICIAL: Any = client
ASYNCHRONOUS: Any = aio
CONFIG: Any = config
INFORMER: Any = informer
DYNAMIC: Any = dynamic
STREAM: Any = stream


def deployment(name: str = "demo", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    probe = {"grpc": {"port": 50051}, "periodSeconds": 1}
    container = {"name": "greeter", "image": GREETER, "args": ["server"], "readinessProbe": probe}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


@pytest.fixture
def api(kubeconfig: Path, namespace: str) -> Iterator[client.ApiClient]:
    """The official client, and the test's namespace."""
    with CONFIG.new_client_from_config(str(kubeconfig)) as made:
        core = OFFICIAL.CoreV1Api(made)
        core.create_namespace({"metadata": {"name": namespace}})
        yield made
        core.delete_namespace(namespace)


# --- the official client's asynchronous flavour


@asynccontextmanager
async def asynchronous(kubeconfig: Path) -> AsyncIterator[Any]:
    async with await ASYNCHRONOUS.config.new_client_from_config(str(kubeconfig)) as made:
        yield made


@pytest.mark.usefixtures("api")
async def test_asynchronous_client(kubeconfig: Path, namespace: str) -> None:
    async with asynchronous(kubeconfig) as made:
        apps, core = ASYNCHRONOUS.client.AppsV1Api(made), ASYNCHRONOUS.client.CoreV1Api(made)
        await apps.create_namespaced_deployment(namespace, deployment())
        async for event in ASYNCHRONOUS.watch.Watch().stream(
            apps.list_namespaced_deployment, namespace, timeout_seconds=240
        ):
            if event["object"].status.ready_replicas == 2:
                break
        pods = await core.list_namespaced_pod(namespace, label_selector="app=demo")
        assert len(pods.items) == 2
        log = await core.read_namespaced_pod_log(pods.items[0].metadata.name, namespace)
        assert "listening on" in log
        scaled = await apps.patch_namespaced_deployment_scale("demo", namespace, {"spec": {"replicas": 1}})
        assert scaled.spec.replicas == 1
        with pytest.raises(ASYNCHRONOUS.client.exceptions.ApiException) as refused:
            await apps.create_namespaced_deployment(namespace, deployment())
        assert (refused.value.status, refused.value.reason) == (409, "Conflict")
        await apps.delete_namespaced_deployment("demo", namespace, propagation_policy="Background")


# --- the official client's informer and dynamic client


def test_informer(api: client.ApiClient, namespace: str) -> None:
    core = OFFICIAL.CoreV1Api(api)
    seen: list[tuple[str, str]] = []
    changed = threading.Condition()

    def handler(kind: str) -> Any:
        def note(obj: Any) -> None:
            with changed:
                seen.append((kind, obj.metadata.name))
                changed.notify_all()

        return note

    def until(event: tuple[str, str]) -> None:
        with changed:
            assert changed.wait_for(lambda: event in seen, timeout=PATIENCE), seen

    core.create_namespaced_config_map(namespace, {"metadata": {"name": "before", "labels": {"a": "b"}}})
    watching = INFORMER.SharedInformer(
        core.list_namespaced_config_map, namespace=namespace, label_selector="a=b"
    )
    for kind in ("ADDED", "MODIFIED", "DELETED"):
        watching.add_event_handler(kind, handler(kind))
    watching.start()
    try:
        until(("ADDED", "before"))
        core.create_namespaced_config_map(namespace, {"metadata": {"name": "after", "labels": {"a": "b"}}})
        until(("ADDED", "after"))
        core.patch_namespaced_config_map("after", namespace, {"data": {"c": "d"}})
        until(("MODIFIED", "after"))
        assert watching.cache.get_by_key(f"{namespace}/after").data == {"c": "d"}
        core.delete_namespaced_config_map("before", namespace)
        until(("DELETED", "before"))
        assert [obj.metadata.name for obj in watching.cache.list()] == ["after"]
    finally:
        stopping = threading.Thread(target=watching.stop)
        stopping.start()
        # It looks whether it is to stop when the next event comes.
        while stopping.is_alive():
            core.patch_namespaced_config_map("after", namespace, {"data": {"c": str(time.monotonic())}})
            stopping.join(0.2)


def test_dynamic_client(api: client.ApiClient, namespace: str) -> None:
    found = DYNAMIC.DynamicClient(api)
    maps = found.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(namespace=namespace, body={"metadata": {"name": "demo"}, "data": {"a": "1"}})
    applied = maps.server_side_apply(
        namespace=namespace,
        name="demo",
        field_manager="test",
        body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "demo"}, "data": {"b": "2"}},
    )
    assert applied.data.to_dict() == {"a": "1", "b": "2"}
    assert [
        item.metadata.name for item in maps.get(namespace=namespace).items if item.metadata.name == "demo"
    ]
    deployments = found.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(namespace=namespace, body=deployment(replicas=0))
    scale = deployments.scale.get(namespace=namespace, name="demo")
    assert scale.kind == "Scale"
    events = maps.watch(namespace=namespace, timeout=240)
    assert next(event for event in events if event["object"].metadata.name == "demo")["type"] == "ADDED"
    maps.delete(namespace=namespace, name="demo")
    with pytest.raises(dynamic.exceptions.NotFoundError):
        maps.get(namespace=namespace, name="demo")


def test_official_client_reads_refusals(api: client.ApiClient, namespace: str) -> None:
    with pytest.raises(ApiException) as refused:
        OFFICIAL.CoreV1Api(api).create_namespaced_service(namespace, {"metadata": {"name": "Upper"}})
    assert refused.value.status == 422
    assert '"reason":"Invalid"' in (refused.value.body or "")


# --- the official client's streams


@pytest.fixture
def server(api: client.ApiClient, namespace: str) -> Any:
    """The core API, and in the namespace a greeter named `server` that is ready."""
    core = OFFICIAL.CoreV1Api(api)
    spec = deployment()["spec"]["template"]["spec"]
    core.create_namespaced_pod(namespace, {"metadata": {"name": "server"}, "spec": spec})
    until(lambda: any(one.type == "Ready" and one.status == "True" for one in conditions(core, namespace)))
    return core


def conditions(core: Any, namespace: str) -> list[Any]:
    return core.read_namespaced_pod("server", namespace).status.conditions or []


def test_exec(server: Any, namespace: str) -> None:
    place = server.connect_get_namespaced_pod_exec, "server", namespace

    @contextmanager
    def python(script: str) -> Iterator[Any]:
        # The client itself leaves the connection open when it is to read everything (`_preload_content`).
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), True)
        wire = STREAM.stream(*place, command=["python", "-c", script], _preload_content=False, **streams)
        yield wire
        wire.run_forever(timeout=PATIENCE)
        wire.sock.shutdown()  # `close` does nothing once the server has closed

    with python("print('x' * 2_000_000)") as wire:
        pass
    assert (wire.returncode, wire.read_stdout()) == (0, "x" * 2_000_000 + "\n")
    script = "import sys; print(input(), file=sys.stderr); print(sys.stdin.read()); sys.exit(4)"
    with python(script) as wire:
        wire.write_stdin("one\ntwo")
        wire.close_channel(0)
    assert (wire.read_stderr(), wire.read_stdout(), wire.returncode) == ("one\n", "two\n", 4)
    with pytest.raises(ApiException, match="container other is not valid for pod server"):
        STREAM.stream(*place, command=["python"], container="other", stdout=True)


def test_portforward(server: Any, namespace: str) -> None:
    tunnel = STREAM.portforward(
        server.connect_get_namespaced_pod_portforward, "server", namespace, ports="50051,50052"
    )
    served, closed = tunnel.socket(50051), tunnel.socket(50052)
    for wire in (served, closed):
        wire.settimeout(PATIENCE)
    assert served.recv(9)[3] == 4  # the type of HTTP/2's first frame, SETTINGS
    assert closed.recv(1) == b""
    assert "failed to connect to localhost:50052 inside namespace" in tunnel.error(50052)
    assert tunnel.error(50051) is None
    # The client's thread fails of a socket that is closed with something unread.
    served.shutdown(socket.SHUT_WR)
    while served.recv(1000):
        pass
    tunnel.close()
    names = "Kubernetes port forward proxy"
    until(lambda: not any(thread.name.startswith(names) for thread in threading.enumerate()))


# --- kr8s


# It has not met Kubernetes 1.36 yet, and leaves its connections to the garbage collector.
@pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported:UserWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_kr8s(kubeconfig: Path, namespace: str) -> None:
    api = await kr8s.asyncio.api(kubeconfig=str(kubeconfig))
    assert (await api.version())["minor"] == "36"
    home = await Namespace({"metadata": {"name": namespace}}, api=api)
    await home.create()
    note = await ConfigMap(
        {"metadata": {"name": "demo", "namespace": namespace}, "data": {"a": "1"}}, api=api
    )
    await note.create()
    await note.patch({"data": {"b": "2"}})
    assert note.raw["data"] == {"a": "1", "b": "2"}
    await note.label({"tier": "front"})
    shown = deployment()
    shown["metadata"]["namespace"] = namespace
    greeter = await Deployment(shown, api=api)
    await greeter.create()
    await greeter.wait("condition=Available", timeout=240)
    pods = [pod async for pod in api.get("pods", namespace=namespace, label_selector="app=demo")]
    assert len(pods) == 2
    assert isinstance(pods[0], Kr8sPod)
    assert [line async for line in pods[0].logs() if "listening on" in line]
    await greeter.scale(1)
    assert (await greeter.replicas) == 1 if not isinstance(greeter.replicas, int) else greeter.replicas == 1
    async for kind, obj in api.watch("configmaps", namespace=namespace):
        assert (kind, obj.name) == ("ADDED", "demo")
        break
    await greeter.delete(propagation_policy="Foreground")
    await home.delete()
