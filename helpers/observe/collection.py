"""Follow the clients' logs until there are enough greetings."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT
from helpers.deploy.variants import pace
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.progress import bar
from helpers.lab.rbac import denied
from helpers.observe.greetings import GREETING, is_greeting, is_piece, parse_greetings
from helpers.observe.pod_log import Position
from helpers.observe.pods import log_rule, server_pods

# Beside the time that the greetings themselves take: pods may still be starting.
PATIENCE = 60.0
# How often the list of pods is looked at beside its changes, and how soon a log that broke off is tried
# again.
LOOK_SECONDS = 2
RETRY_SECONDS = 0.3
# Lines that wait to be looked at, over all pods: beyond it their logs are read no further for a moment.
WAITING = 10_000

Line = tuple[str, str]  # client, line


def collect_greetings(
    lab: Lab,
    variant: str | Sequence[str],
    *,
    at_least: int = 60,
    until: Collection[str] = (),
    timeout: float | None = None,
) -> pd.DataFrame:
    """Follow the logs of a variant's clients from now on (read by hand in 01-clusterip, section 1.4).

    Each client contributes the same number of greetings, its first ones since the call: ``at_least``
    divided by the number of clients, rounded up. A client that ends meanwhile contributes what it got to,
    and its successor is followed from its first line. Failed greetings count as well.

    Args:
        lab: Where.
        variant: Whose clients: the pods with the label ``app: client-<variant>``. Several variants are
            followed at the same time.
        at_least: How many greetings of each variant, over all its clients.
        until: Names of pods that have to have answered too; the clients contribute more greetings meanwhile.
        timeout: Seconds; chosen by the pace of the clients when None.

    Returns:
        The table that ``parse_greetings`` describes, in the order of time; ``attrs["left_out"]`` and
        ``attrs["cut"]`` count what came between those greetings.

    Raises:
        LabError: There are no clients, or they do not greet enough in time; the message says what they are
            doing.
    """
    if not isinstance(variant, str):
        return _collect_at_once(lab, variant, at_least, until, timeout)
    selector = f"app=client-{variant}"
    names = [
        name_of(pod) for pod in pod_status.live(lab.objects.select("Pod", lab.namespace, labels=selector))
    ]
    if not names:
        raise LabError(
            f"No client pods of variant {variant} run in namespace {lab.namespace}; "
            f'helpers.apply(lab, "{variant}") '
            "makes them."
        )
    each = math.ceil(at_least / len(names))
    patience = timeout if timeout is not None else PATIENCE + 3 * each / pace()
    gathered = Gathered(len(names), each, until)
    with (
        _following(lab, selector, time.monotonic() + patience) as follower,
        bar(len(names) * each, variant, "greetings") as reached,
    ):
        for client, line in follower.lines():
            gathered.take(client, line)
            reached(gathered.count())
            if gathered.enough():
                return gathered.frame(variant, server_pods(lab), follower.cut())
    raise _too_few(lab, variant, gathered, names, patience)


def _too_few(lab: Lab, variant: str, gathered: Gathered, names: Sequence[str], patience: float) -> LabError:
    """Say what did not come in time, and what the clients are doing."""
    wanted = len(names) * gathered.each
    if gathered.missing and gathered.count() >= wanted:
        return LabError(
            f"{', '.join(sorted(gathered.missing))} answered no greeting of variant {variant} in "
            f"{patience:.0f} seconds, while {gathered.count()} greetings came in."
        )
    pods = lab.objects.select("Pod", lab.namespace, labels=f"app=client-{variant}")
    return LabError(
        f"{gathered.count()} of {wanted} greetings of variant {variant} came in {patience:.0f} seconds "
        f"({gathered.late(names)}): {pod_status.describe(lab.objects, lab.namespace, pods)}."
    )


def _collect_at_once(
    lab: Lab, variants: Sequence[str], at_least: int, until: Collection[str], timeout: float | None
) -> pd.DataFrame:
    """Collect from the clients of several variants during the same time."""
    with ThreadPoolExecutor(max(1, len(variants))) as threads:
        frames = list(
            threads.map(
                lambda one: collect_greetings(lab, one, at_least=at_least, until=until, timeout=timeout),
                variants,
            )
        )
    pods = sorted({pod for frame in frames for pod in frame["server"].cat.categories})
    known = [frame.assign(server=frame["server"].cat.set_categories(pods)) for frame in frames]
    table = pd.concat(known, ignore_index=True)
    table.attrs = {key: sum(frame.attrs[key] for frame in frames) for key in ("left_out", "cut")}
    return table


class Gathered:
    """The lines of each client that are greetings, up to the number that each contributes.

    Attributes:
        missing: Pods that have to answer and have not; until they have, each client contributes more.
    """

    def __init__(self, clients: int, each: int, until: Collection[str] = ()) -> None:
        self.clients, self.each = clients, each
        self.missing = set(until)
        self.lines: dict[str, list[str]] = {}
        self._count = self._done = self._left_out = self._cut = 0

    def take(self, client: str, line: str) -> None:
        """Keep a line if it is a greeting and its client has not given enough."""
        kept = self.lines.setdefault(client, [])
        if len(kept) >= self.each and not self.missing:
            return
        if not is_greeting(line):
            self._left_out += 1
            self._cut += is_piece(line)
            return
        kept.append(line)
        self._count += 1
        self._done += len(kept) == self.each
        if self.missing and (served := GREETING.search(line)):
            self.missing.discard(served[1])

    def count(self) -> int:
        """Return the number of greetings so far."""
        return self._count

    def late(self, names: Iterable[str]) -> str:
        """Return which clients, of ``names`` and of those that were heard, gave less than their part."""
        given = {**dict.fromkeys(names, 0), **{client: len(kept) for client, kept in self.lines.items()}}
        return ", ".join(
            f"{count} of {self.each} from {client}" for client, count in given.items() if count < self.each
        )

    def enough(self) -> bool:
        """Whether as many clients as there were have given their part, and no pod is missing."""
        return self._done >= self.clients and not self.missing

    def frame(self, variant: str, pods: list[str], cut: int = 0) -> pd.DataFrame:
        """Return what was gathered as one table; ``cut`` lines beside it had no end."""
        seen = {
            client: parse_greetings("\n".join(kept), variant, client) for client, kept in self.lines.items()
        }
        names = {*pods, *(name for part in seen.values() for name in part["server"].cat.categories)}
        # With the same categories everywhere the column stays categorical, and pods that served nothing are
        # known.
        parts = [
            part.assign(server=part["server"].cat.set_categories(sorted(names))) for part in seen.values()
        ]
        joined = pd.concat(parts, ignore_index=True)
        table = joined.sort_values("time", kind="stable", ignore_index=True)
        table.attrs = {"left_out": self._left_out + cut, "cut": self._cut + cut}
        return table


@contextlib.contextmanager
def _following(lab: Lab, selector: str, deadline: float) -> Iterator[Follower]:
    """Follow the logs of all pods that match, later ones too, until the deadline."""
    follower = Follower(lab, selector, deadline)
    try:
        yield follower
    finally:
        follower.stop()


class Follower:
    """Threads that read logs: one for each pod, and one that looks for new pods."""

    def __init__(self, lab: Lab, selector: str, deadline: float) -> None:
        self.lab, self.selector, self.deadline = lab, selector, deadline
        self.arrived: queue.Queue[Line | LabError] = queue.Queue(WAITING)
        self.stopped = threading.Event()
        self.followed: set[str] = set()
        self.positions: list[Position] = []
        self.open: list[Any] = []
        for pod in pod_status.live(lab.objects.select("Pod", lab.namespace, labels=selector)):
            # Lines from before the call are not wanted, and the API server's clock need not be ours.
            self._start(pod, tail=0)
        threading.Thread(target=self._find, name="pods", daemon=True).start()

    def lines(self) -> Iterator[Line]:
        """Yield client and line as they arrive, until the deadline.

        Raises:
            LabError: The logs may not be read.
        """
        while (left := self.deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                arrived = self.arrived.get(timeout=left)
                if isinstance(arrived, LabError):
                    raise arrived
                yield arrived

    def cut(self) -> int:
        """Return how many lines had no end when their log ended."""
        return sum(position.cut for position in self.positions)

    def stop(self) -> None:
        """End all threads; those that wait for data are woken."""
        self.stopped.set()
        for response in list(self.open):
            with contextlib.suppress(Exception):
                response.shutdown()

    def _start(self, pod: Object, tail: int | None) -> None:
        self.followed.add(name_of(pod))
        threading.Thread(
            target=self._follow, args=(name_of(pod), tail), name=f"log {name_of(pod)}", daemon=True
        ).start()

    def _find(self) -> None:
        """Follow pods that come later, from their first line."""
        while not self.stopped.is_set() and time.monotonic() < self.deadline:
            with contextlib.suppress(ApiException, HTTPError):
                for pod in pod_status.live(
                    self.lab.objects.select("Pod", self.lab.namespace, labels=self.selector)
                ):
                    if name_of(pod) not in self.followed:
                        self._start(pod, tail=None)
            self.stopped.wait(LOOK_SECONDS)

    def _follow(self, name: str, tail: int | None) -> None:
        """Pass on a pod's lines; when the log breaks off, its container may have been started again."""
        position = Position()
        self.positions.append(position)
        while not self.stopped.is_set() and time.monotonic() < self.deadline:
            try:
                for line in self._read(name, tail, position):
                    self._tell((name, line))
                tail = None
            except ApiException as error:
                if error.status == 404:
                    return
                if refused := denied(error, log_rule(self.lab)):
                    self._tell(refused)
                    return
                tail = None if error.status == 400 else tail  # not started yet: everything it will say is new
            except HTTPError:
                # What came after the last line that was read is not to be missed.
                tail = None if position.stamp else tail
            self.stopped.wait(RETRY_SECONDS)

    def _tell(self, arrived: Line | LabError) -> None:
        """Hand something over, when there is room for it."""
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self.arrived.put(arrived, timeout=LOOK_SECONDS)
                return

    def _read(self, name: str, tail: int | None, position: Position) -> Iterator[str]:
        response: Any = self.lab.core.read_namespaced_pod_log(
            name,
            self.lab.namespace,
            container=CLIENT,
            follow=True,
            timestamps=True,
            _preload_content=False,
            _request_timeout=(5.0, self.deadline - time.monotonic() + 5.0),
            tail_lines=tail,
        )
        self.open.append(response)
        try:
            if not self.stopped.is_set():
                yield from position.new(position.whole(response.stream(amt=None, decode_content=False)))
        finally:
            self.open.remove(response)
            response.close()
