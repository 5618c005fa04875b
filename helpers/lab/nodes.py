"""The cluster's nodes, which not everybody may see."""

from __future__ import annotations

from kubernetes.client import ApiException

from helpers.lab import rbac
from helpers.lab.lab import Lab
from helpers.lab.objects import name_of


def node_names(lab: Lab) -> list[str]:
    """Return the names of the cluster's nodes: ``lab.core.list_node()``, for any rights.

    Where they may not be listed, says so and returns none.
    """
    try:
        return sorted(name_of(item) for item in lab.objects.select("Node", ""))
    except ApiException as error:
        if error.status != 403:
            raise
        rbac.note("The nodes cannot be listed", error)
        return []
