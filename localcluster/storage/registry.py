"""The verbs of Kubernetes on all kinds, without HTTP: what the API, the controllers and the node work on.

Everything is synchronous, so no two operations interleave; everything returned is a private copy.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from localcluster.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
)
from localcluster.objects import (
    applied,
    defaults,
    deletion,
    events,
    ingresses,
    managed,
    names,
    patches,
    pod_defaults,
    preconditions,
    queries,
    selectors,
    services,
    strategy,
    validation,
)
from localcluster.objects.decoding import decode, wrong_kind
from localcluster.objects.patches import Patch
from localcluster.objects.services import Allocator
from localcluster.storage.resources import BY_KIND, Resource
from localcluster.storage.store import Store
from localcluster.storage.watch import Watch
from localcluster.types import Change, Object, Record

MANAGER = "localcluster"
_BINDING = Resource("Binding", "pods/binding")
_KEPT_NAMESPACES = ("default", "kube-public", "kube-system")
_Track = Callable[[Resource, Object | None, Object, str], None]
"""Keeps the book of who owns which field: kind, object before, object after, subresource."""
# How often a made-up name may be taken before the caller hears of it.
_NAME_ATTEMPTS = 8


@dataclass(frozen=True)
class Written:
    """What a patch did.

    Attributes:
        object: The object as it is now.
        created: Whether it was not there before.
        unknown: Paths of fields that its kind does not have; they were dropped.
    """

    object: Object
    created: bool = False
    unknown: tuple[str, ...] = ()


class Registry:
    """All objects of the cluster, with the rules of their kinds.

    Args:
        store: Where they are kept.
        allocate: Where Services get their addresses from.
    """

    def __init__(self, store: Store, allocate: Allocator) -> None:
        self.store = store
        self._allocate = allocate
        self._events: dict[tuple[str, ...], str] = {}

    # -- reading

    def find(self, kind: str, namespace: str | None, name: str) -> Object | None:
        """The object, or None."""
        record = self.store.get(kind, namespace or "", name)
        return record.copy() if record else None

    def get(self, kind: str, namespace: str | None, name: str) -> Object:
        """The object; raises `NotFound`."""
        return self.record(kind, namespace, name).copy()

    def record(self, kind: str, namespace: str | None, name: str) -> Record:
        """The stored version of an object; raises `NotFound`."""
        record = self.store.get(kind, namespace or "", name)
        if record is None:
            raise NotFound(BY_KIND[kind], name)
        return record

    def list(
        self, kind: str, namespace: str | None = None, labels: str | Mapping[str, str] | None = None
    ) -> list[Object]:
        """Objects of a kind, by namespace and name; `labels` is a selector or a map of equalities."""
        if isinstance(labels, str):
            selector = queries.parse_labels(labels)
        else:
            selector = selectors.from_equalities(labels or {})
        return [
            record.copy()
            for record in self.store.records(kind, namespace)
            if selector.matches(record.view["metadata"].get("labels"))
        ]

    def watch(self, *kinds: str) -> Watch:
        """Changes of some kinds, beginning with an ADDED for each object there is."""
        backlog = [Change("ADDED", record, None) for kind in kinds for record in self.store.records(kind)]
        return Watch(self.store, kinds, backlog)

    # -- writing

    def create(self, kind: str, obj: Object, *, manager: str = MANAGER, dry_run: bool = False) -> Object:
        """Store a new object: defaulted, validated, named if it asks for it.

        Raises:
            AlreadyExists: The name is taken.
            Invalid: It breaks a rule of its kind.
            NotFound: Its namespace does not exist.
            Forbidden: Its namespace is being deleted.
        """
        return self._create(BY_KIND[kind], obj, partial(_track, manager), dry_run)

    def _create(self, resource: Resource, obj: Object, track: _Track, dry_run: bool) -> Object:
        kind = resource.kind
        obj = copy.deepcopy(obj)
        obj = {"apiVersion": resource.api_version, "kind": kind, **_untyped(obj)}
        defaults.apply(kind, obj)
        # Admission comes before a name is made up, so what it refuses is called by the beginning of it.
        meta = dict(obj.get("metadata") or {})
        called = meta.get("name") or meta.get("generateName") or ""
        strategy.prepare_create(resource, obj, meta.get("namespace"))
        track(resource, None, obj, "")
        self._check_namespace(resource, obj, called)
        if kind == "Pod":
            pod_defaults.admit(obj)
            self._check_account(resource, obj, called)
        elif kind == "Ingress":
            ingresses.admit(obj, (record.view for record in self.store.records("IngressClass")))
        _refuse(resource, obj, validation.of_new(resource, obj))
        self._check_places(obj)
        self._check_name_free(resource, obj, made_up=not meta.get("name"))
        self._allocate_for(resource, None, obj)
        return self._write(kind, obj, dry_run)

    def update(
        self, kind: str, obj: Object, *, subresource: str = "", manager: str = MANAGER, dry_run: bool = False
    ) -> Object:
        """Replace an object, or its status (`subresource="status"`).

        A namespace's own finalizers are changed with `subresource="finalize"`. An object that is being
        deleted and has lost its last finalizer is removed. Nothing is written when nothing changed.

        Raises:
            NotFound: It does not exist.
            Conflict: `obj` carries an old resourceVersion, or another uid.
            Invalid: It breaks a rule of its kind.
        """
        meta = obj.get("metadata") or {}
        if meta.get("uid") and (record := self.store.get(kind, meta.get("namespace") or "", meta["name"])):
            preconditions.check_replaced(BY_KIND[kind], record, meta["uid"])
        return self._update(BY_KIND[kind], obj, subresource, partial(_track, manager), dry_run)

    def _update(
        self, resource: Resource, obj: Object, subresource: str, track: _Track, dry_run: bool
    ) -> Object:
        kind = resource.kind
        meta = obj.get("metadata") or {}
        record = self.record(kind, meta.get("namespace"), meta["name"])
        preconditions.check_version(resource, record, meta.get("resourceVersion") or "")
        old = record.view
        self._check_binding(old, subresource)
        new = copy.deepcopy(obj)
        if not subresource:
            defaults.apply(kind, new)
        new = strategy.prepare_update(resource, old, new, subresource)
        new = {"apiVersion": resource.api_version, "kind": kind, **_untyped(new)}
        track(resource, old, new, subresource)
        if subresource in ("", "scale"):
            _refuse(resource, new, validation.of_change(resource, old, new))
        if not subresource:
            self._check_places(new)
            self._allocate_for(resource, old, new)
        if subresource == "status":
            _refuse(resource, new, validation.of_status(resource, old, new))
        if subresource != "binding":  # a pod that was just made has generation 1 when it is bound, too
            strategy.count_generation(resource, old, new, subresource)
        return self._replace(resource, record, new, dry_run)

    def patch(
        self,
        kind: str,
        namespace: str | None,
        name: str,
        patch: Patch,
        *,
        subresource: str = "",
        manager: str = MANAGER,
        dry_run: bool = False,
    ) -> Written:
        """Change an object by a patch of one of the four types; apply also creates it.

        Raises:
            NotFound: It does not exist (never for an apply).
            BadRequest: The patch is malformed, or makes something that is not an object of this kind.
            Rejected: The patch cannot be carried out on this object.
            Conflict: It names an old resourceVersion or another uid, or an apply without force changes what
                other managers own.
            Invalid: The result breaks a rule of its kind.
        """
        resource = BY_KIND[kind]
        if patch.media_type == patches.APPLY:
            return self._apply(
                resource,
                namespace,
                name,
                patch,
                subresource=subresource,
                manager=manager,
                dry_run=dry_run,
            )
        patched = patches.apply(resource, self.get(kind, namespace, name), patch)
        obj, unknown = patches.decode(resource, patched, patch)
        _check_identity(resource, obj, namespace, name)
        updated = self._update(resource, obj, subresource, partial(_track, manager), dry_run)
        return Written(updated, unknown=tuple(unknown))

    def _apply(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        patch: Patch,
        *,
        subresource: str,
        manager: str,
        dry_run: bool,
    ) -> Written:
        config = applied.configuration(resource, patch.body, namespace, name)
        record = self.store.get(resource.kind, namespace or "", name)
        if record is None and subresource:
            raise NotFound(resource, name)
        live = record.copy() if record else None
        _check_identity(resource, config, namespace, name)
        merged = managed.apply(
            resource, live, config, manager=manager, subresource=subresource, force=patch.force
        )
        obj, _ = decode(resource, merged)
        if record is None:
            return Written(self._create(resource, obj, _tracked, dry_run), created=True)
        return Written(self._update(resource, obj, subresource, _tracked, dry_run))

    def modify(
        self,
        kind: str,
        namespace: str | None,
        name: str,
        change: Callable[[Object], None],
        *,
        subresource: str = "",
        manager: str = MANAGER,
    ) -> Object | None:
        """Read, change and write an object in one step; None when it is gone."""
        obj = self.find(kind, namespace, name)
        if obj is None:
            return None
        change(obj)
        return self.update(kind, obj, subresource=subresource, manager=manager)

    def delete(
        self,
        kind: str,
        namespace: str | None,
        name: str,
        *,
        propagation: str | None = None,
        grace: int | None = None,
        uid: str | None = None,
        version: str | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Delete an object, or mark it when finalizers or a pod's grace hold it.

        Returns:
            The object as it is now, or as it was last.

        Raises:
            NotFound: It does not exist.
            Conflict: It has another uid or resourceVersion than the one given.
            Forbidden: It is a namespace that the cluster itself needs.
        """
        resource = BY_KIND[kind]
        record = self.record(kind, namespace, name)
        if kind == "Namespace" and name in _KEPT_NAMESPACES:
            raise Forbidden.object(resource, name, "this namespace may not be deleted")
        preconditions.check_deleted(resource, record, uid, version)
        obj = record.copy()
        gone = deletion.mark(resource, obj, propagation, grace)
        if dry_run:
            return obj
        if gone:
            last = record if obj == record.view or kind != "Pod" else self.store.put(kind, obj)
            return self.store.remove(last).copy()
        if obj == record.view:
            return obj
        return self._write(kind, obj, dry_run=False)

    def event(
        self,
        involved: Object,
        reason: str,
        message: str,
        *,
        type: str = "Normal",  # noqa: A002 - the API's word
        component: str = MANAGER,
        host: str = "",
        part: str = "",
    ) -> None:
        """Record an event about an object or a part of it; the same one again raises its count."""
        event = events.new(involved, reason, message, kind=type, component=component, host=host, part=part)
        known = self._events.get(events.same(event))
        namespace = event["metadata"]["namespace"]
        if known and self._count_event(namespace, known, event):
            return
        try:
            self.create("Event", event)
        except (NotFound, Forbidden):
            return  # its namespace is going or gone, and the event with it
        self._events[events.same(event)] = event["metadata"]["name"]

    # -- the steps of a write

    def _count_event(self, namespace: str, name: str, event: Object) -> bool:
        def again(known: Object) -> None:
            known["count"] = known.get("count", 1) + 1
            known["lastTimestamp"] = event["lastTimestamp"]

        return self.modify("Event", namespace, name, again) is not None

    def _check_namespace(self, resource: Resource, obj: Object, called: str) -> None:
        if not resource.namespaced:
            return
        name = obj["metadata"]["namespace"]
        home = self.record("Namespace", None, name).view
        if home["metadata"].get("deletionTimestamp"):
            raise Forbidden.terminating(resource, called, name)

    def _check_account(self, resource: Resource, pod: Object, called: str) -> None:
        """As the ServiceAccount admission plugin does; `default` is made with each namespace, in a moment."""
        meta, name = pod["metadata"], pod["spec"]["serviceAccountName"]
        if name != "default" and self.store.get("ServiceAccount", meta["namespace"], name) is None:
            why = (
                f'error looking up service account {meta["namespace"]}/{name}: serviceaccount "{name}" '
                "not found"
            )
            raise Forbidden.object(resource, called, why)

    def _check_places(self, obj: Object) -> None:
        """As the webhook that comes with each ingress-nginx: no two Ingresses of a class share a place."""
        if obj["kind"] != "Ingress" or obj["metadata"].get("deletionTimestamp"):
            return
        name, meta = ingresses.class_of(obj), obj["metadata"]
        served_by = self.store.get("IngressClass", "", name)
        if served_by is None or not served_by.view["spec"]["controller"].startswith(ingresses.CONTROLLER):
            return
        own = (meta["namespace"], meta["name"])
        others = [r.view for r in self.store.records("Ingress") if (r.namespace, r.name) != own]
        if why := ingresses.overlap(obj, [one for one in others if ingresses.class_of(one) == name]):
            webhook = 'admission webhook "validate.nginx.ingress.kubernetes.io"'
            raise BadRequest(f"{webhook} denied the request: {why}")

    def _check_binding(self, old: Object, subresource: str) -> None:
        """Refuse to bind a pod a second time; who binds is the node itself."""
        if subresource == "binding" and (node := (old.get("spec") or {}).get("nodeName")):
            name = old["metadata"]["name"]
            raise Conflict.object(_BINDING, name, f'pod {name} is already assigned to node "{node}"')

    def _allocate_for(self, resource: Resource, old: Object | None, obj: Object) -> None:
        if resource.kind != "Service":
            return
        own = (obj["metadata"]["namespace"], obj["metadata"]["name"])
        others = (r.view for r in self.store.records("Service") if (r.namespace, r.name) != own)
        _refuse(resource, obj, services.allocate(obj, old, others, self._allocate))

    def _check_name_free(self, resource: Resource, obj: Object, *, made_up: bool) -> None:
        meta = obj["metadata"]
        for _ in range(_NAME_ATTEMPTS if made_up else 1):
            held = self.store.get(resource.kind, meta.get("namespace") or "", meta["name"])
            if held is None:
                return
            name, leaving = meta["name"], bool(held.view["metadata"].get("deletionTimestamp"))
            if made_up:
                meta["name"] = names.generate(meta["generateName"])
        raise AlreadyExists(resource, name, leaving=leaving)

    def _replace(self, resource: Resource, record: Record, new: Object, dry_run: bool) -> Object:
        new["metadata"]["resourceVersion"] = str(record.revision)
        new["metadata"]["uid"] = record.view["metadata"]["uid"]
        if new == record.view:
            return record.copy()
        if deletion.finished(resource, new) and not dry_run:
            return self.store.remove(self.store.put(resource.kind, new)).copy()
        return self._write(resource.kind, new, dry_run)

    def _write(self, kind: str, obj: Object, dry_run: bool) -> Object:
        return copy.deepcopy(obj) if dry_run else self.store.put(kind, obj).copy()


def _track(manager: str, resource: Resource, old: Object | None, new: Object, subresource: str) -> None:
    managed.track(resource, old, new, None if manager == MANAGER else manager, subresource)


def _tracked(resource: Resource, old: Object | None, new: Object, subresource: str) -> None:
    """Nothing to do: an apply has kept the book already."""


def _refuse(resource: Resource, obj: Object, errors: list[FieldError]) -> None:
    if errors:
        name = obj["metadata"].get("name") or obj["metadata"].get("generateName") or ""
        raise Invalid(resource.kind, resource.group, name, errors)


def _check_identity(resource: Resource, obj: Object, namespace: str | None, name: str) -> None:
    """A patch may not turn an object into another one."""
    meta = obj.setdefault("metadata", {})
    if error := wrong_kind(resource, obj.get("kind") or "", name):
        raise error
    if (obj.get("apiVersion"), obj.get("kind")) != (resource.api_version, resource.kind):
        given = f"{obj.get('apiVersion')}, Kind={obj.get('kind')}"
        raise BadRequest(f"the API version in the data ({given}) does not match the expected API version")
    if meta.get("name") != name:
        raise BadRequest(
            f"the name of the object ({meta.get('name', '')}) does not match the name on the URL ({name})"
        )
    if not resource.namespaced:
        meta.pop("namespace", None)
    if (meta.get("namespace") or "") != (namespace or ""):
        raise BadRequest(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def _untyped(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
