"""Namespaces, nodes and events as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import NONE, UNKNOWN, Cell, Sheet, age, columns, since
from localcluster.types import Object

_ROLE = "node-role.kubernetes.io/"
_OLD_ROLE = "kubernetes.io/role"


def _namespace(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], (obj.get("status") or {}).get("phase", ""), age(obj)]


def _node(node: Object) -> list[Cell]:
    status = node.get("status") or {}
    info = status.get("nodeInfo") or {}
    return [
        node["metadata"]["name"],
        _node_status(node),
        _roles(node["metadata"].get("labels") or {}),
        age(node),
        info.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _node_status(node: Object) -> str:
    conditions = (node.get("status") or {}).get("conditions") or []
    ready = [one.get("status") == "True" for one in conditions if one.get("type") == "Ready"]
    words = ["Ready" if one else "NotReady" for one in ready] or ["Unknown"]
    if (node.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(labels: dict[str, str]) -> str:
    found = {key[len(_ROLE) :] for key in labels if key.startswith(_ROLE)}
    found.add(labels.get(_OLD_ROLE, ""))
    return ",".join(sorted(found - {""})) or NONE


def _address(status: Object, kind: str) -> str:
    found = (one["address"] for one in status.get("addresses") or [] if one.get("type") == kind)
    return next(found, NONE)


def _lease(lease: Object) -> list[Cell]:
    return [lease["metadata"]["name"], (lease.get("spec") or {}).get("holderIdentity") or "", age(lease)]


def _event(event: Object) -> list[Cell]:
    about, series = event.get("involvedObject") or {}, event.get("series") or {}
    first = since(event.get("firstTimestamp") or event.get("eventTime"))
    last = since(event["lastTimestamp"]) if event.get("lastTimestamp") else first
    if series:
        last = since(series.get("lastObservedTime"))
    kind, name = about.get("kind", "").lower(), about.get("name")
    return [
        last,
        event.get("type", ""),
        event.get("reason", ""),
        f"{kind}/{name}" if name else kind,
        about.get("fieldPath", ""),
        _source(event),
        event.get("message", "").strip(),
        first,
        series.get("count") or event.get("count") or 1,
        event["metadata"]["name"],
    ]


def _source(event: Object) -> str:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


_NODE_COLUMNS = columns(
    *("Name", "Status", "Roles", "Age", "Version"),
    wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
)
# Those that only `-o wide` prints stand between the others here.
_EVENT_COLUMNS = (
    *columns("Last Seen", "Type", "Reason", "Object", wide=("Subobject", "Source")),
    *columns("Message", wide=("First Seen", "Count", "Name"), integers=("Count",)),
)
SHEETS = {
    "Namespace": Sheet(columns("Name", "Status", "Age"), _namespace),
    "Node": Sheet(_NODE_COLUMNS, _node),
    "Event": Sheet(_EVENT_COLUMNS, _event),
    "Lease": Sheet(columns("Name", "Holder", "Age"), _lease),
}
