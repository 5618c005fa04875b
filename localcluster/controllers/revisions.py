"""Which ReplicaSet holds which revision of a Deployment (`pkg/controller/deployment/util`)."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence

from localcluster.controllers import owners, rollout
from localcluster.objects import names
from localcluster.types import Object

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
# What a ReplicaSet does not take over from its Deployment's annotations.
_OWN = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    DESIRED,
    MAXIMUM,
}


def template_hash(template: Object) -> str:
    """The pod-template-hash: 32 bits of the template, written in the alphabet of made-up names."""
    return names.encode(zlib.crc32(json.dumps(template, sort_keys=True, separators=(",", ":")).encode()))


def same_template(one: Object, other: Object) -> bool:
    """Whether two pod templates are equal but for the hash label."""
    return _without_hash(one) == _without_hash(other)


def by_age(sets: Iterable[Object]) -> list[Object]:
    """ReplicaSets, the oldest first."""
    return sorted(sets, key=lambda rs: (rs["metadata"]["creationTimestamp"], rs["metadata"]["name"]))


def find_new(deployment: Object, sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet of the current template: the oldest one, should there be several."""
    template = deployment["spec"]["template"]
    return next((rs for rs in by_age(sets) if same_template(rs["spec"]["template"], template)), None)


def number(obj: Object) -> int:
    """The revision an object is annotated with, 0 without one."""
    try:
        return int((obj["metadata"].get("annotations") or {}).get(REVISION, "0"))
    except ValueError:
        return 0


def following(old: Sequence[Object]) -> int:
    """The revision after all of these."""
    return max(map(number, old), default=0) + 1


def replica_set_of(deployment: Object, revision: int) -> Object:
    """A new, empty ReplicaSet for the Deployment's template."""
    meta, spec = deployment["metadata"], deployment["spec"]
    template = copy.deepcopy(spec["template"])
    mark = template_hash(template)
    labels = {**(template.setdefault("metadata", {}).get("labels") or {}), HASH_LABEL: mark}
    template["metadata"]["labels"] = labels
    selector = copy.deepcopy(spec["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: mark}
    made: Object = {
        "metadata": {
            "name": f"{meta['name']}-{mark}",
            "namespace": meta["namespace"],
            "labels": dict(labels),
            "ownerReferences": [owners.reference(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }
    set_pause(deployment, made)
    annotate(deployment, made, revision)
    annotate_sizes(deployment, made)
    return made


def set_pause(deployment: Object, replica_set: Object) -> None:
    """Give a ReplicaSet the Deployment's minReadySeconds, in place."""
    pause = int(deployment["spec"].get("minReadySeconds") or 0)
    if pause != int(replica_set["spec"].get("minReadySeconds") or 0):
        replica_set["spec"]["minReadySeconds"] = pause


def annotate(deployment: Object, replica_set: Object, revision: int) -> None:
    """Give a ReplicaSet the Deployment's annotations and its revision, in place."""
    notes = dict(replica_set["metadata"].get("annotations") or {})
    notes |= _copied(deployment["metadata"].get("annotations") or {})
    if number(replica_set) < revision:
        notes[REVISION] = str(revision)
    replica_set["metadata"]["annotations"] = notes


def annotate_sizes(deployment: Object, replica_set: Object) -> None:
    """Note on a ReplicaSet how many pods the Deployment wants and may have, in place."""
    wanted = rollout.wanted(deployment)
    most = wanted + rollout.limits(deployment).surge
    notes = {**(replica_set["metadata"].get("annotations") or {}), DESIRED: str(wanted), MAXIMUM: str(most)}
    replica_set["metadata"]["annotations"] = notes


def noted(replica_set: Object, annotation: str) -> int | None:
    """A size noted on a ReplicaSet."""
    text = (replica_set["metadata"].get("annotations") or {}).get(annotation, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _copied(annotations: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in annotations.items() if key not in _OWN}


def _without_hash(template: Object) -> Object:
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH_LABEL}
    return {**template, "metadata": {**meta, "labels": labels}}
