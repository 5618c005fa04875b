"""ConfigMaps, Secrets and ServiceAccounts as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import Cell, Sheet, age, columns
from localcluster.types import Object


def _config_map(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), age(obj)]


def _secret(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or {}), age(obj)]


def _service_account(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or []), age(obj)]


SHEETS = {
    "ConfigMap": Sheet(columns("Name", "Data", "Age"), _config_map),
    "Secret": Sheet(columns("Name", "Type", "Data", "Age"), _secret),
    "ServiceAccount": Sheet(columns("Name", "Secrets", "Age"), _service_account),
}
