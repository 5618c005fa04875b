"""The Node object: this machine as the cluster's only node."""

import os
import platform
from functools import cache
from pathlib import Path

from localcluster.node.settings import Settings
from localcluster.types import Object

VERSION = "v1.36.2"
LEASES = "kube-node-lease"
PODS = 110  # the kubelet's default
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PRESSURES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


def node(settings: Settings, now: str, old: Object | None = None) -> Object:
    """The Node object.

    Args:
        settings: its name and address.
        now: this moment.
        old: the one there was; what others wrote into it is kept.
    """
    found: Object = old or {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": settings.name},
        "spec": {},
    }
    meta = found["metadata"]
    meta["labels"] = {**(meta.get("labels") or {}), **_labels(settings.name)}
    before = {one["type"]: one for one in (found.get("status") or {}).get("conditions") or []}
    conditions = [_dated(one, before.get(one["type"]), now) for one in _conditions()]
    amounts = {"cpu": str(os.cpu_count() or 1), "memory": f"{_memory_kib()}Ki", "pods": str(PODS)}
    found["status"] = {
        "capacity": amounts,
        "allocatable": dict(amounts),
        "conditions": conditions,
        "addresses": [
            {"type": "InternalIP", "address": settings.address},
            {"type": "Hostname", "address": settings.name},
        ],
        "nodeInfo": _info(),
    }
    return found


def lease(settings: Settings, now: str, owner: Object) -> Object:
    """The node's Lease, by whose age others tell whether it lives (`pkg/kubelet/nodelease`).

    Args:
        settings: its name, and how long a sign of life is good.
        now: this moment, with microseconds.
        owner: the Node object, with which it goes.
    """
    about = {"apiVersion": "v1", "kind": "Node", "name": settings.name, "uid": owner["metadata"]["uid"]}
    return {
        "metadata": {"name": settings.name, "namespace": LEASES, "ownerReferences": [about]},
        "spec": {
            "holderIdentity": settings.name,
            "leaseDurationSeconds": settings.patience.lease,
            "renewTime": now,
        },
    }


def _labels(name: str) -> dict[str, str]:
    system = {"arch": _architecture(), "os": "linux"}
    both = {
        f"{family}kubernetes.io/{key}": value for family in ("", "beta.") for key, value in system.items()
    }
    return both | {"kubernetes.io/hostname": name}


def _conditions() -> list[Object]:
    found = [
        {"type": kind, "status": "False", "reason": reason, "message": message}
        for kind, (reason, message) in _PRESSURES.items()
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    return [*found, {**ready, "message": "kubelet is posting ready status"}]


def _dated(fresh: Object, old: Object | None, now: str) -> Object:
    since = old["lastTransitionTime"] if old and old["status"] == fresh["status"] else now
    return {**fresh, "lastHeartbeatTime": now, "lastTransitionTime": since}


def _info() -> Object:
    return {
        "architecture": _architecture(),
        "bootID": _first_line("/proc/sys/kernel/random/boot_id"),
        "containerRuntimeVersion": "localcluster://" + VERSION.removeprefix("v"),
        "kernelVersion": platform.release(),
        "kubeProxyVersion": "",
        "kubeletVersion": VERSION,
        "machineID": _first_line("/etc/machine-id"),
        "operatingSystem": "linux",
        "osImage": _system(),
        "systemUUID": "",
    }


def _architecture() -> str:
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


@cache
def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "Linux"


def _memory_kib() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
