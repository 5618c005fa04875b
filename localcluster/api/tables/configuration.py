"""ConfigMaps, Secrets and ServiceAccounts as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import AGE, NAME, Cell, Column, Sheet, age
from localcluster.types import Object


def _config_map(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), age(obj)]


def _secret(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or {}), age(obj)]


def _service_account(obj: Object) -> list[Cell]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or []), age(obj)]


_DATA = Column("Data", "Number of entries")
SHEETS = {
    "ConfigMap": Sheet((NAME, _DATA, AGE), _config_map),
    "Secret": Sheet((NAME, Column("Type", "What the Secret is for"), _DATA, AGE), _secret),
    "ServiceAccount": Sheet((NAME, Column("Secrets", "Number of Secrets it may use"), AGE), _service_account),
}
