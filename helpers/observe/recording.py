"""What many clients logged while something happened, and whether they themselves kept their pace.

Clients that run with ``--report-pace`` tell each second how many of their greetings began late:

    2019/11/08 14:24:35 Pace: 10 begun, 0 of them late, the latest by 1.3 ms, 0 held back

A greeting is late when the client began it more than one interval after it was due although it was free to:
its own machine had no processor for it. Then the client was the bottleneck, and the run says nothing about
the servers. A greeting that was held back waited for answers; that does say something about the servers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pandas as pd

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import labels_of, name_of
from helpers.observe.greetings import parse_greetings
from helpers.observe.pods import read_log, server_pods

PACE = re.compile(
    r"^\S+ \S+ \S+ Pace: (\d+) begun, (\d+) of them late, the latest by ([\d.]+) ms, (\d+) held back$",
    flags=re.MULTILINE,
)
PACE_COLUMNS = ("variant", "client", "begun", "late", "latest_ms", "held_back")
# So much of its greetings may a client begin late before it is called the bottleneck.
LATE_SHARE = 0.1
READERS = 8

Marks = Mapping[str, str]


@dataclass(frozen=True)
class Heard:
    """What clients logged in a while.

    Attributes:
        greetings: The table that ``parse_greetings`` describes, in the order of time.
        pace: A row per client: ``variant``, ``client`` (str), ``begun``, ``late``, ``held_back`` (int64:
            numbers of greetings), ``latest_ms`` (float64, milliseconds).
    """

    greetings: pd.DataFrame
    pace: pd.DataFrame

    @property
    def bottleneck(self) -> list[str]:
        """The clients that began more than a tenth of their greetings late."""
        slow = self.pace["late"] > LATE_SHARE * self.pace["begun"]
        return [str(client) for client in self.pace.loc[slow, "client"]]

    def verdict(self) -> str:
        """Say whether the clients kept their pace, and what follows for the servers."""
        begun, late = int(self.pace["begun"].sum()), int(self.pace["late"].sum())
        numbers = f"{late} of {begun} greetings of {len(self.pace)} clients began late"
        if slow := self.bottleneck:
            return f"{numbers}; {len(slow)} clients were the bottleneck: this run says nothing about servers."
        return f"{numbers}; no client was the bottleneck."


def mark(lab: Lab, variants: Sequence[str]) -> dict[str, str]:
    """Remember where the clients' logs stand (used in production/02-rollout, section 2.2).

    Args:
        lab: Where.
        variants: Whose clients: the pods with the labels ``app: client-<variant>``.

    Returns:
        The API's timestamp of the last line of each client, by name of its pod; empty where there is none.
        It is the clock of the client's node, so no other clock has to agree with it.
    """
    texts = _read(lab, variants, tail=1)
    return {client: text.partition(" ")[0] for (_, client), text in texts.items()}


def hear(lab: Lab, variants: Sequence[str], since: Marks) -> Heard:
    """Read what the clients logged since a mark (used in production/02-rollout, section 2.2).

    Args:
        lab: Where.
        variants: Whose clients.
        since: What ``mark`` returned.

    Returns:
        The greetings, and how the clients kept their pace.

    Raises:
        LabError: No client has greeted since.
    """
    texts = {
        key: _after(text, since.get(key[1], "")) for key, text in _read(lab, variants, tail=None).items()
    }
    pods = server_pods(lab)
    parts = [parse_greetings(text, *key, pods=pods) for key, text in texts.items()]
    filled = [part.astype({"server": "str"}) for part in parts if len(part)]
    if not filled:
        raise LabError(
            f"No client of {', '.join(variants)} has greeted since the mark; are its pods running?"
        )
    greetings = pd.concat(filled, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    greetings["server"] = greetings["server"].astype("category")
    return Heard(greetings, pd.DataFrame([_pace(*key, text) for key, text in texts.items()]))


def _pace(variant: str, client: str, text: str) -> dict[str, object]:
    """One row of the table of paces."""
    seconds = PACE.findall(text)
    counts = [sum(int(second[place]) for second in seconds) for place in (0, 1, 3)]
    latest = max((float(second[2]) for second in seconds), default=0.0)
    values = (variant, client, counts[0], counts[1], latest, counts[2])
    return dict(zip(PACE_COLUMNS, values, strict=True))


def _after(text: str, stamp: str) -> str:
    """The lines of a log after one; stamps of one log are of the same form, so they sort as texts."""
    return "\n".join(line for line in text.splitlines() if line.partition(" ")[0] > stamp)


def _read(lab: Lab, variants: Sequence[str], *, tail: int | None) -> dict[tuple[str, str], str]:
    """The logs of all clients, by variant and pod."""
    apps = {f"client-{variant}": variant for variant in variants}
    found = pod_status.live(
        lab.objects.select("Pod", lab.namespace, labels=f"app in ({','.join(apps)})") if apps else []
    )
    clients = sorted((apps[labels_of(pod)["app"]], name_of(pod)) for pod in found)
    with ThreadPoolExecutor(READERS) as readers:
        texts = readers.map(
            lambda key: read_log(lab, key[1], tail=tail, container=CLIENT, timestamps=True), clients
        )
        return dict(zip(clients, texts, strict=True))
