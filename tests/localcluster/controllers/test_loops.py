import asyncio
from collections.abc import Callable

from localcluster.controllers.loops import loops
from localcluster.storage.registry import Registry
from tests.localcluster.controllers.cluster import NAMESPACE, deployment, new_registry, run, service
from tests.patience import PATIENCE


async def kubelet(registry: Registry) -> None:
    """Run each pod that comes, and end each that is to go."""
    async for change in registry.watch("Pod"):
        pod = registry.find("Pod", change.record.namespace, change.record.name)
        if pod is None:
            continue
        if pod["metadata"].get("deletionTimestamp"):
            registry.delete("Pod", NAMESPACE, pod["metadata"]["name"], grace=0)
        elif pod["status"].get("phase") == "Pending":
            run(registry, pod)


async def until(registry: Registry, done: Callable[[], bool]) -> None:
    """Look once, then at each change, until it is so."""
    changes = registry.watch("Deployment", "EndpointSlice", "Pod", "Namespace")
    while not done():
        await asyncio.wait_for(anext(changes), PATIENCE)
    changes.close()


def ready(registry: Registry) -> int:
    slices = registry.list("EndpointSlice", NAMESPACE)
    return sum(e["conditions"]["ready"] for piece in slices for e in piece["endpoints"] or [])


async def course(registry: Registry) -> None:
    tasks = [asyncio.ensure_future(start()) for start in loops(registry).values()]
    tasks.append(asyncio.create_task(kubelet(registry)))
    registry.create("Service", service())
    registry.create("Deployment", deployment(3))

    def status(word: str) -> int:
        return int(registry.get("Deployment", NAMESPACE, "demo")["status"].get(word, 0))

    await until(registry, lambda: status("availableReplicas") == 3 and ready(registry) == 3)
    registry.modify("Deployment", NAMESPACE, "demo", lambda obj: obj["spec"].update(replicas=1))
    await until(registry, lambda: status("replicas") == 1 and ready(registry) == 1)
    registry.delete("Deployment", NAMESPACE, "demo")
    await until(registry, lambda: not registry.list("Pod", NAMESPACE) and ready(registry) == 0)
    registry.delete("Namespace", None, NAMESPACE)
    await until(registry, lambda: registry.find("Namespace", None, NAMESPACE) is None)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_deployment_comes_to_its_pods_and_goes_with_its_namespace() -> None:
    registry = new_registry()
    asyncio.run(course(registry))
    assert [kind for kind in registry.store.kinds() if registry.list(kind)] == []
