"""Faults on request: `--fault KIND@START+SECONDS` makes a server misbehave, so that a lesson can look on.

Nothing here happens by itself: a server without the flag has no faults. Times count from the first moment in
which the server listens, or from the first greeting of a name that is given for it, so one command line is a
whole script: healthy, then hanging, healthy, then slow.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc.aio

from greeter import log

HANG, SLOW, FAIL, UNREADY, CRASH = "hang", "slow", "fail", "unready", "crash"
KINDS = {
    HANG: "greetings are accepted and not answered before the fault is over",
    SLOW: "each greeting takes two seconds more",
    FAIL: "each greeting fails at once with UNAVAILABLE, while health says SERVING",
    UNREADY: "health says NOT_SERVING while greetings are answered as ever",
    CRASH: "the program ends at once, with exit code 137, as one that the kernel kills for its memory",
}
SLOW_SECONDS = 2.0
CRASH_CODE = 137

_FORM = re.compile(r"([a-z]+)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?")

Announce = Callable[[bool], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One entry of the script.

    Args:
        kind: One of KINDS.
        start: Seconds from the first moment until it begins.
        seconds: How long it lasts; infinity is for ever.
    """

    kind: str
    start: float
    seconds: float = math.inf


class Faults:
    """Carries a script out.

    Args:
        script: What is to happen.
        serving: Told what health shall say: whether the server serves.
        cue: The name whose first greeting the script waits for; empty if it begins at once.
    """

    def __init__(self, script: Sequence[Fault], serving: Announce, cue: str = "") -> None:
        self._script = script
        self._serving = serving
        self._cue = cue
        self._begun = asyncio.Event()
        if not cue:
            self._begun.set()
        self._over: dict[str, asyncio.Event] = {}
        self._now: set[str] = set()

    async def run(self) -> None:
        """Carry it out, and log when each fault begins and ends; cancelled when the server stops."""
        await self._begun.wait()
        await asyncio.gather(*(self._happen(fault) for fault in self._script))

    async def before_answer(self, name: str, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        """What a greeting of somebody goes through before it is answered."""
        if name == self._cue:
            self._begun.set()
        if HANG in self._now:
            await self._over[HANG].wait()
        if SLOW in self._now:
            await asyncio.sleep(SLOW_SECONDS)
        if FAIL in self._now:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "this server fails on request")

    async def _happen(self, fault: Fault) -> None:
        await asyncio.sleep(fault.start)
        log.write(f"Fault: {fault.kind} begins")
        if fault.kind == CRASH:
            # Not a signal: the first process of a container does not get SIGKILL from itself.
            os._exit(CRASH_CODE)
        self._over[fault.kind] = asyncio.Event()
        self._now.add(fault.kind)
        if fault.kind == UNREADY:
            await self._serving(False)
        await asyncio.sleep(min(fault.seconds, 2**31))
        self._now.discard(fault.kind)
        self._over[fault.kind].set()
        if fault.kind == UNREADY:
            await self._serving(True)
        log.write(f"Fault: {fault.kind} ends")


def parse(text: str) -> Fault:
    """Read `hang@5+3`: begins after five seconds, lasts three; without `+3` for ever."""
    found = _FORM.fullmatch(text)
    if found is None or found[1] not in KINDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not KIND@START+SECONDS with one of {', '.join(KINDS)}, such as hang@5+3"
        )
    return Fault(found[1], float(found[2]), float(found[3]) if found[3] else math.inf)
