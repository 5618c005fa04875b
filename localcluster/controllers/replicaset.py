"""ReplicaSets keep their number of pods (`k8s.io/kubernetes/pkg/controller/replicaset`)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

from localcluster.controllers import conditions, owners, pods, rollout
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.errors import ApiError
from localcluster.objects import selectors
from localcluster.types import Change, Object

COMPONENT = "replicaset-controller"
# No more than this many pods are made or deleted in one pass.
_BURST = 500


class ReplicaSetController(OfRegistry):
    """Creates and deletes pods until as many are active as each ReplicaSet asks for."""

    name = "replicaset"
    kinds: tuple[str, ...] = ("ReplicaSet", "Pod")

    def keys(self, change: Change) -> Iterable[Key]:
        """The ReplicaSet itself; for a pod, the one that owns or owned it, or could adopt it."""
        if change.kind == "ReplicaSet":
            return [(change.record.namespace, change.record.name)]
        return owners.owner_keys(self._registry, "ReplicaSet", change)

    def reconcile(self, key: Key) -> float | None:
        """Make the pods that are missing or delete those that are too many, and count them."""
        replica_set = self._registry.find("ReplicaSet", *key)
        if replica_set is None:
            return None
        every = self._registry.list("Pod", key[0])
        active = owners.claim(self._registry, replica_set, filter(pods.is_active, every))
        ending = [pod for pod in every if pods.is_terminating(pod) and _belongs(pod, replica_set)]
        failure = None if owners.is_deleting(replica_set) else self._manage(replica_set, active)
        replica_set["status"] = status(replica_set, active, ending, failure)
        self._registry.update("ReplicaSet", replica_set, subresource="status")
        if failure:
            raise failure
        return _next_available(replica_set, active)

    def _manage(self, replica_set: Object, active: Sequence[Object]) -> ApiError | None:
        excess = len(active) - rollout.wanted(replica_set)
        try:
            for _ in range(min(-excess, _BURST)):
                self._create(replica_set)
            for pod in sorted(active, key=pods.deletion_rank)[: max(0, min(excess, _BURST))]:
                self._delete(replica_set, pod)
        except ApiError as error:
            # A namespace on its way out takes no new pods; that is no failure.
            return None if owners.in_leaving_namespace(self._registry, replica_set) else error
        return None

    def _create(self, replica_set: Object) -> None:
        try:
            pod = self._registry.create("Pod", pod_of(replica_set))
        except ApiError as error:
            if not owners.in_leaving_namespace(self._registry, replica_set):
                self._tell(replica_set, "FailedCreate", f"Error creating: {error}", type_="Warning")
            raise
        self._tell(replica_set, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _delete(self, replica_set: Object, pod: Object) -> None:
        meta = pod["metadata"]
        self._registry.delete("Pod", meta["namespace"], meta["name"], uid=meta["uid"])
        self._tell(replica_set, "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def _tell(self, replica_set: Object, reason: str, message: str, type_: str = "Normal") -> None:
        self._registry.event(replica_set, reason, message, type=type_, component=COMPONENT)


def pod_of(replica_set: Object) -> Object:
    """A new pod from its template."""
    template = copy.deepcopy(replica_set["spec"]["template"])
    meta = replica_set["metadata"]
    kept = {
        word: value
        for word in ("labels", "annotations", "finalizers")
        if (value := (template.get("metadata") or {}).get(word))
    }
    named = {"generateName": f"{meta['name']}-", "namespace": meta["namespace"]}
    return {
        "metadata": {**named, **kept, "ownerReferences": [owners.reference(replica_set)]},
        "spec": template["spec"],
    }


def status(
    replica_set: Object, active: Sequence[Object], ending: Sequence[Object], failure: ApiError | None
) -> Object:
    """Its status: the pods there were when the pass began, and whether the pass failed."""
    spec, old = replica_set["spec"], replica_set.get("status") or {}
    labels = selectors.from_equalities((spec["template"].get("metadata") or {}).get("labels") or {})
    pause = int(spec.get("minReadySeconds") or 0)
    counts = {
        "fullyLabeledReplicas": sum(labels.matches(pod["metadata"].get("labels")) for pod in active),
        "readyReplicas": sum(map(pods.is_ready, active)),
        "availableReplicas": sum(pods.seconds_to_available(pod, pause) == 0 for pod in active),
    }
    found: Object = {
        "replicas": len(active),
        **{word: count for word, count in counts.items() if count},
        "terminatingReplicas": len(ending),
        "observedGeneration": replica_set["metadata"].get("generation", 1),
    }
    if old.get("conditions"):
        found["conditions"] = list(old["conditions"])
    if failure is None:
        conditions.drop(found, "ReplicaFailure")
    elif not conditions.find(found, "ReplicaFailure"):
        conditions.put(found, conditions.new("ReplicaFailure", "True", "FailedCreate", failure.message))
    return found


def _belongs(pod: Object, replica_set: Object) -> bool:
    selector = selectors.from_object(replica_set["spec"].get("selector"))
    return owners.controlled_by(pod, replica_set) and selector.matches(pod["metadata"].get("labels"))


def _next_available(replica_set: Object, active: Sequence[Object]) -> float | None:
    """When the next ready pod will have been ready for long enough."""
    pause = int(replica_set["spec"].get("minReadySeconds") or 0)
    left = (pods.seconds_to_available(pod, pause) for pod in active)
    return min((seconds for seconds in left if seconds), default=None)
