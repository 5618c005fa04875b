"""GatewayClasses, Gateways and GRPCRoutes as tables: the columns their definitions name."""

from __future__ import annotations

from localcluster.api.tables.columns import Cell, Sheet, age, columns
from localcluster.types import Object, dump


def _class(one: Object) -> list[Cell]:
    spec = one.get("spec") or {}
    return [
        one["metadata"]["name"],
        spec.get("controllerName", ""),
        _condition(one, "Accepted"),
        age(one),
        spec.get("description", ""),
    ]


def _gateway(gateway: Object) -> list[Cell]:
    # Of several values a column of a definition shows the first.
    addresses = [one["value"] for one in (gateway.get("status") or {}).get("addresses") or []]
    return [
        gateway["metadata"]["name"],
        (gateway.get("spec") or {}).get("gatewayClassName", ""),
        next(iter(addresses), ""),
        _condition(gateway, "Programmed"),
        age(gateway),
    ]


def _route(route: Object) -> list[Cell]:
    hostnames = (route.get("spec") or {}).get("hostnames")
    return [route["metadata"]["name"], dump(hostnames) if hostnames else "", age(route)]


def _condition(obj: Object, kind: str) -> str:
    found = (obj.get("status") or {}).get("conditions") or []
    return next((str(one["status"]) for one in found if one["type"] == kind), "")


_CLASS_COLUMNS = columns("Name", "Controller", "Accepted", "Age", wide=("Description",))
SHEETS = {
    "GatewayClass": Sheet(_CLASS_COLUMNS, _class),
    "Gateway": Sheet(columns("Name", "Class", "Address", "Programmed", "Age"), _gateway),
    "GRPCRoute": Sheet(columns("Name", "Hostnames", "Age"), _route),
}
