"""Let one pod of the greeter misbehave by a script, and learn when it did."""

from __future__ import annotations

import re
import time

import pandas as pd
from kubernetes.client import ApiException

from helpers.deploy import pod_status
from helpers.deploy.readiness import READY_SECONDS
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object
from helpers.lab.progress import bar
from helpers.lab.rbac import denied
from helpers.observe.arrivals import seconds_until
from helpers.observe.pods import log_rule, run_once

NAME, SELECTOR = "demo-faulty", "pod=faulty"
PODS = "demo-failure-pods"
CRASH = "crash"
# The name that the pod's command line waits for, and how long its script is.
CUE = "curtain"
SCRIPT_SECONDS = 26
LOOK_SECONDS = 1
# Answers that were on their way when it crashed; a container takes longer than that to start again.
ON_THE_WAY = pd.Timedelta(seconds=0.3)
LINE = re.compile(r"^(\S+) \S+ \S+ Fault: (\w+) (begins|ends)$", flags=re.MULTILINE)


def play_faults(lab: Lab) -> pd.DataFrame:
    """Give the pod of Deployment ``demo-faulty`` its cue, and wait until it has crashed and serves again.

    The script is the pod's command line (``python -m greeter server --help``), and the cue a greeting of a
    certain name, sent to all pods of the greeter: a cluster needs nothing special for either.

    Args:
        lab: Where; the variant ``failure`` has been applied.

    Returns:
        A row per fault, in the order of their beginnings: ``fault`` (str), ``begins`` and ``ends`` (UTC, by
        the clock of the pod's node). The end of a crash is when the pod is ready again, up to a second late.

    Raises:
        LabError: There is no such pod, or it did not come back.
    """
    before = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=SELECTOR))
    if not before:
        raise LabError(
            f"There is no pod of Deployment {NAME} in namespace {lab.namespace}; "
            'make it with helpers.apply(lab, "failure").'
        )
    target = f"dns:///{PODS}.{lab.namespace}.svc.cluster.local:50051"
    run_once(
        lab,
        ["client", target, "--policy", "round_robin", "--name", CUE, "--count", "12", "--interval", "0.1"],
    )
    back = _wait_back(lab, max(map(_restarts, before)))
    found = {(kind, word): stamp for stamp, kind, word in LINE.findall(_previous_log(lab, back))}
    found[CRASH, "ends"] = _ready_since(back).isoformat()
    rows = [(kind, stamp, found[kind, "ends"]) for (kind, word), stamp in found.items() if word == "begins"]
    table = pd.DataFrame(rows, columns=["fault", "begins", "ends"])
    for column in ("begins", "ends"):
        table[column] = pd.to_datetime(table[column], utc=True, format="ISO8601")
    return table


def _wait_back(lab: Lab, restarts: int) -> Object:
    """The pod once it has been started more often than before and is ready."""
    begun = time.monotonic()
    pods: list[Object] = []
    with bar(SCRIPT_SECONDS, "faults", "s") as reached:
        for pods in lab.objects.follow(
            "Pod", lab.namespace, labels=SELECTOR, deadline=begun + READY_SECONDS, window=LOOK_SECONDS
        ):
            reached(round(time.monotonic() - begun))
            for pod in pod_status.live(pods):
                if _restarts(pod) > restarts and pod_status.is_ready(pod):
                    return pod
    doing = pod_status.describe(lab.objects, lab.namespace, pods, [NAME])
    raise LabError(f"The pod of Deployment {NAME} in namespace {lab.namespace} did not come back: {doing}.")


def _restarts(pod: Object) -> int:
    return sum(int(one.get("restartCount") or 0) for one in pod["status"].get("containerStatuses") or [])


def _ready_since(pod: Object) -> pd.Timestamp:
    """The end of the second in which it got ready: the API leaves the parts of a second out."""
    conditions = pod["status"]["conditions"]
    told = next(str(one["lastTransitionTime"]) for one in conditions if one["type"] == "Ready")
    return pd.Timestamp(told) + pd.Timedelta(seconds=1)


def _previous_log(lab: Lab, pod: Object) -> str:
    name = str(pod["metadata"]["name"])
    try:
        return str(lab.core.read_namespaced_pod_log(name, lab.namespace, timestamps=True, previous=True))
    except ApiException as error:
        if refused := denied(error, log_rule(lab)):
            raise refused from error
        raise


def failures_by_fault(greetings: pd.DataFrame, faults: pd.DataFrame, *, after: float = 1.0) -> pd.DataFrame:
    """Count for each client and fault what failed, and how long (used in production/03-failure, 3.3).

    Args:
        greetings: A table of greetings.
        faults: What ``play_faults`` returned.
        after: Seconds after the end of a fault in which a failure is still its own: a greeting that began
            within it may fail with its deadline.

    Returns:
        A row per client and fault: ``variant``, ``client``, ``fault`` (str), ``greetings`` and ``failed``
        (int64), ``seconds`` (float64: from the beginning of the fault until the last failure; 0 if none).
    """
    rows = []
    for fault, begins, ends in faults[["fault", "begins", "ends"]].itertuples(index=False):
        within = greetings["time"].between(begins, ends + pd.Timedelta(seconds=after))
        for (variant, client), part in greetings[within].groupby(["variant", "client"], observed=True):
            failed = part.loc[~part["ok"], "time"]
            seconds = (failed.max() - begins).total_seconds() if len(failed) else 0.0
            rows.append((str(variant), str(client), str(fault), len(part), len(failed), seconds))
    return pd.DataFrame(rows, columns=["variant", "client", "fault", "greetings", "failed", "seconds"])


def seconds_to_reuse(greetings: pd.DataFrame, faults: pd.DataFrame) -> pd.DataFrame:
    """Tell how long after its crash each client greeted the pod again (used in production/03-failure, 3.4).

    Args:
        greetings: A table of greetings, some seconds longer than the faults.
        faults: What ``play_faults`` returned.

    Returns:
        A row per client: ``variant``, ``client`` (str) and ``seconds`` (float64, NaN if it has not yet).
    """
    begins = faults.loc[faults["fault"] == CRASH, "begins"].iloc[0]
    faulty = greetings["server"].astype("str").str.startswith(f"{NAME}-")
    return seconds_until(greetings, faulty & (greetings["time"] > begins + ON_THE_WAY), begins)
