"""Deployments move their pods from one template to the next (`k8s.io/kubernetes/pkg/controller/deployment`).

What to do is decided in `rollout` (sizes), `revisions` (which ReplicaSet) and `progress` (status); here it is
done. Each pass takes one step and reports it; the ReplicaSets' answers bring the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from localcluster.controllers import conditions, owners, pods, progress, revisions, rollout
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.types import Change, Object

COMPONENT = "deployment-controller"
_UNLIMITED_HISTORY = 2**31 - 1
_DEFAULT_HISTORY = 10
_StatusOf = Callable[[Object, Sequence[Object], Object | None], Object]


@dataclass(slots=True)
class _Pass:
    """What one pass works on: the Deployment and its ReplicaSets, the oldest first."""

    deployment: Object
    sets: list[Object]
    new: Object | None

    @property
    def old(self) -> list[Object]:
        return [rs for rs in self.sets if rs is not self.new]

    @property
    def active(self) -> list[Object]:
        return [rs for rs in self.sets if rollout.wanted(rs) > 0]

    def replace(self, before: Object, after: Object) -> None:
        self.sets = [after if rs is before else rs for rs in self.sets]
        if self.new is before:
            self.new = after


class DeploymentController(OfRegistry):
    """Creates and sizes ReplicaSets until the wanted pods run with the current template."""

    name = "deployment"
    kinds: tuple[str, ...] = ("Deployment", "ReplicaSet", "Pod")

    def keys(self, change: Change) -> Iterable[Key]:
        """The Deployment itself; for a ReplicaSet its owner; for a pod that is gone its owner's owner."""
        if change.kind == "Deployment":
            return [(change.record.namespace, change.record.name)]
        if change.kind == "Pod":
            return self._owner_of_lost_pod(change)
        return owners.owner_keys(self._registry, "Deployment", change)

    def reconcile(self, key: Key) -> float | None:
        """Take the next step of a rollout, and report."""
        deployment = self._registry.find("Deployment", *key)
        if deployment is None:
            return None
        claimed = owners.claim(self._registry, deployment, self._registry.list("ReplicaSet", key[0]))
        now = _Pass(deployment, revisions.by_age(claimed), revisions.find_new(deployment, claimed))
        if owners.is_deleting(deployment) or owners.in_leaving_namespace(self._registry, deployment):
            return self._report(now, progress.counted)
        self._number(now)
        self._note_pause(deployment)
        if deployment["spec"].get("paused") or _was_scaled(now):
            self._scale(now)
            if deployment["spec"].get("paused"):
                self._clean_up(now)
            return self._report(now, progress.counted)
        step = self._roll if rollout.is_rolling(deployment) else self._recreate
        if not step(now) and progress.is_complete(deployment, deployment.get("status") or {}):
            self._clean_up(now)
        return self._report(now, progress.rolled)

    # -- what to look at

    def _owner_of_lost_pod(self, change: Change) -> Iterable[Key]:
        """Recreate waits until the last old pod is gone."""
        pod = change.record.view
        ref = owners.controller_of(pod)
        if change.type != "DELETED" or ref is None or ref["kind"] != "ReplicaSet":
            return ()
        replica_set = self._registry.store.get("ReplicaSet", pod["metadata"]["namespace"], ref["name"])
        above = owners.controller_of(replica_set.view) if replica_set else None
        return {(pod["metadata"]["namespace"], above["name"])} if above else ()

    # -- the steps

    def _roll(self, now: _Pass) -> bool:
        """Grow the new ReplicaSet, or else shrink the old ones; tell whether anything was done."""
        new = self._ensure_new(now)
        size = rollout.new_size(now.deployment, now.old, new)
        if self._resize(now, {new["metadata"]["name"]: size}):
            return True
        return self._resize(now, rollout.old_sizes(now.deployment, now.old, new))

    def _recreate(self, now: _Pass) -> bool:
        """End all old pods, and only then begin with new ones; tell whether anything is under way."""
        if self._resize(now, {rs["metadata"]["name"]: 0 for rs in now.old}) or self._old_pods_run(now):
            return True
        new = self._ensure_new(now)
        return self._resize(now, {new["metadata"]["name"]: rollout.wanted(now.deployment)})

    def _scale(self, now: _Pass) -> None:
        """Bring the pods to the wanted number without moving on to another template."""
        total = rollout.wanted(now.deployment)
        if len(now.active) <= 1:
            last = now.active or [rs for rs in (now.new, *reversed(now.sets)) if rs][:1]
            self._resize(now, {rs["metadata"]["name"]: total for rs in last})
        elif now.new and _is_saturated(now.new, total):
            self._resize(now, {rs["metadata"]["name"]: 0 for rs in now.old})
        elif rollout.is_rolling(now.deployment):
            before = {rs["metadata"]["name"]: revisions.noted(rs, revisions.MAXIMUM) for rs in now.active}
            self._resize(now, rollout.proportional_sizes(now.deployment, now.active, before))

    def _resize(self, now: _Pass, sizes: Mapping[str, int]) -> bool:
        """Write new sizes where they differ; tell whether one did."""
        changed = False
        for rs in now.sets:
            name, before = rs["metadata"]["name"], rollout.wanted(rs)
            if name not in sizes:
                continue
            rs["spec"]["replicas"] = sizes[name]
            if before or sizes[name]:
                revisions.annotate_sizes(now.deployment, rs)
            now.replace(rs, self._registry.update("ReplicaSet", rs))
            if sizes[name] != before:
                changed = True
                self._tell_scaled(now.deployment, name, before, sizes[name])
        return changed

    def _old_pods_run(self, now: _Pass) -> bool:
        current = now.new["metadata"]["uid"] if now.new else ""
        sets = {rs["metadata"]["uid"] for rs in now.sets} - {current}
        every = self._registry.list("Pod", now.deployment["metadata"]["namespace"])
        return any(
            (owners.controller_of(pod) or {}).get("uid") in sets and not pods.has_ended(pod) for pod in every
        )

    # -- revisions

    def _number(self, now: _Pass) -> None:
        """Give the current ReplicaSet the highest revision, and the Deployment the same."""
        if now.new is None:
            return
        revisions.annotate(now.deployment, now.new, revisions.following(now.old))
        revisions.set_pause(now.deployment, now.new)
        now.replace(now.new, self._registry.update("ReplicaSet", now.new))
        self._set_revision(now.deployment, revisions.number(now.new))
        status = now.deployment.setdefault("status", {})
        if progress.deadline(now.deployment) is not None and not conditions.find(status, "Progressing"):
            message = f'Found new replica set "{now.new["metadata"]["name"]}"'
            progress.note(status, "Progressing", "True", "FoundNewReplicaSet", message)

    def _ensure_new(self, now: _Pass) -> Object:
        """The ReplicaSet of the current template, made if there is none."""
        if now.new is None:
            now.new = self._create(now)
            now.sets.append(now.new)
        return now.new

    def _create(self, now: _Pass) -> Object:
        deployment, revision = now.deployment, revisions.following(now.old)
        wish = revisions.replica_set_of(deployment, revision)
        wish["spec"]["replicas"] = rollout.new_size(deployment, now.old, wish)
        made = self._registry.create("ReplicaSet", wish)
        name, size = made["metadata"]["name"], rollout.wanted(made)
        if size:
            self._tell_scaled(deployment, name, 0, size)
        self._set_revision(deployment, revision)
        if progress.deadline(deployment) is not None:
            status = deployment.setdefault("status", {})
            message = f'Created new replica set "{name}"'
            progress.note(status, "Progressing", "True", "NewReplicaSetCreated", message)
        return made

    def _set_revision(self, deployment: Object, revision: int) -> None:
        meta = deployment["metadata"]
        if revisions.number(deployment) == revision:
            return
        meta["annotations"] = {**(meta.get("annotations") or {}), revisions.REVISION: str(revision)}
        # With the status: by itself an annotation would count as a generation, and be observed for ever.
        written = self._registry.update("Deployment", deployment, subresource="status")
        deployment["metadata"] = written["metadata"]

    def _clean_up(self, now: _Pass) -> None:
        """Forget the oldest revisions beyond the limit."""
        limit = now.deployment["spec"].get("revisionHistoryLimit")
        limit = _DEFAULT_HISTORY if limit is None else limit
        idle = sorted((rs for rs in now.old if not owners.is_deleting(rs)), key=revisions.number)
        if limit == _UNLIMITED_HISTORY or len(idle) <= limit:
            return
        for rs in idle[: len(idle) - limit]:
            status, meta = rs.get("status") or {}, rs["metadata"]
            seen = status.get("observedGeneration", 0) >= meta.get("generation", 1)
            if seen and not status.get("replicas") and not rollout.wanted(rs):
                self._registry.delete("ReplicaSet", meta["namespace"], meta["name"], uid=meta["uid"])
                now.sets.remove(rs)

    # -- what to say

    def _report(self, now: _Pass, of: _StatusOf) -> float | None:
        status = of(now.deployment, now.sets, now.new)
        now.deployment["status"] = status
        self._registry.update("Deployment", now.deployment, subresource="status")
        return progress.seconds_to_deadline(now.deployment, status)

    def _note_pause(self, deployment: Object) -> None:
        """A pause stops the deadline, the end of it starts the deadline anew."""
        status = deployment.setdefault("status", {})
        reason = (conditions.find(status, "Progressing") or {}).get("reason")
        if progress.deadline(deployment) is None or reason == progress.TIMED_OUT:
            return
        paused = bool(deployment["spec"].get("paused"))
        if paused and reason != "DeploymentPaused":
            progress.note(status, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
        elif not paused and reason == "DeploymentPaused":
            progress.note(status, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")

    def _tell_scaled(self, deployment: Object, name: str, before: int, after: int) -> None:
        way = "up" if after > before else "down"
        text = f"Scaled {way} replica set {name} from {before} to {after}"
        self._registry.event(deployment, "ScalingReplicaSet", text, component=COMPONENT)


def _was_scaled(now: _Pass) -> bool:
    """Whether the wanted number is another than when the ReplicaSets were sized."""
    total = rollout.wanted(now.deployment)
    noted = (revisions.noted(rs, revisions.DESIRED) for rs in now.active)
    return any(number is not None and number != total for number in noted)


def _is_saturated(new: Object, total: int) -> bool:
    """Whether the new ReplicaSet alone is what is wanted."""
    noted = revisions.noted(new, revisions.DESIRED)
    return rollout.wanted(new) == rollout.available(new) == noted == total
