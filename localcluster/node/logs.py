"""What containers said: written line by line with the time, read the way ``kubectl logs`` asks.

A line of a file is ``TIME TAG TEXT``, close to the format of container runtimes (CRI): TIME is RFC 3339 with
nanoseconds, TAG is ``F`` for a full line and ``P`` for a part of one that goes on. A file that is full gives
way to a new one; as with the kubelet, only the newest is read
(https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation).
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from localcluster import errors
from localcluster.types import Object

FILE_BYTES = 10 << 20  # the kubelet's containerLogMaxSize
LONGEST_PART = 16 << 10  # what container runtimes split longer lines at
CHUNK = 64 << 10
LAST_WORDS, LAST_LINES = 2048, 80  # the kubelet's MaxContainerTerminationMessageLogLength and ...Lines

_TIME = len("2026-11-24T16:55:39.123456789Z")
_TEXT = _TIME + len(" F ")


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which part of a log is wanted, and how (the query of ``pods/log``)."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    since: datetime | None = None
    limit_bytes: int | None = None


class LogFile:
    """The log of one run of one container, while it is written."""

    def __init__(self, path: Path, limit: int = FILE_BYTES) -> None:
        """Begin a log, of which about the last ``limit`` bytes are kept."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self.closed = False
        self.rotated = 0
        self._limit = limit
        self._stream = path.open("ab", buffering=0)
        self._size = self._stream.tell()
        self._rests: dict[int, bytes] = {}
        self._last = b""
        self._written = asyncio.Event()

    def write(self, data: bytes, pipe: int = 0) -> None:
        """Take what the program wrote to one of its pipes; an unfinished line waits for its end."""
        if self.closed:
            return
        self._last = (self._last + data[-LAST_WORDS:])[-LAST_WORDS:]
        *lines, rest = (self._rests.get(pipe, b"") + data).split(b"\n")
        stamp = _stamp(time.time_ns())
        records = [record for line in lines for record in _records(stamp, line)]
        while len(rest) >= LONGEST_PART:
            records.append(b"%b P %b\n" % (stamp, rest[:LONGEST_PART]))
            rest = rest[LONGEST_PART:]
        self._rests[pipe] = rest
        if records:
            self._append(b"".join(records))

    def close(self) -> None:
        """End the log with what is left of the last line."""
        if self.closed:
            return
        for rest in filter(None, self._rests.values()):
            self._append(b"%b P %b\n" % (_stamp(time.time_ns()), rest))
        self.closed = True
        self._stream.close()
        self._written.set()

    def last_words(self) -> str:
        """The end of the output, as much as a container's termination message takes."""
        lines = self._last.decode("utf-8", "replace").splitlines(keepends=True)
        return "".join(lines[-LAST_LINES:])

    async def more(self) -> None:
        """Wait until something is written, or the log is closed."""
        if not self.closed:
            await self._written.wait()

    def _append(self, data: bytes) -> None:
        if self._size and self._size + len(data) > self._limit:
            self._rotate()
        self._stream.write(data)
        self._size += len(data)
        self._written.set()
        self._written = asyncio.Event()

    def _rotate(self) -> None:
        self._stream.close()
        self.rotated += 1
        self.path.unlink(missing_ok=True)  # who reads it just now still has it open
        self._stream = self.path.open("ab", buffering=0)
        self._size = 0


def _records(stamp: bytes, line: bytes) -> Iterator[bytes]:
    while len(line) > LONGEST_PART:
        yield b"%b P %b\n" % (stamp, line[:LONGEST_PART])
        line = line[LONGEST_PART:]
    yield b"%b F %b\n" % (stamp, line)


def _stamp(nanoseconds: int) -> bytes:
    seconds, fraction = divmod(nanoseconds, 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)).encode() + b".%09dZ" % fraction


class Logs:
    """All logs of a node, below one folder: ``NAMESPACE_POD_UID/CONTAINER/RESTART.log``."""

    def __init__(self, folder: Path, limit: int = FILE_BYTES) -> None:
        """Keep logs in ``folder``; sizes as in ``LogFile``."""
        self.folder = folder
        self._limit = limit
        self._open: dict[Path, LogFile] = {}

    def home(self, pod: Object) -> Path:
        """The folder of a pod."""
        meta = pod["metadata"]
        return self.folder / f"{meta['namespace']}_{meta['name']}_{meta['uid']}"

    def begin(self, pod: Object, container: str, restart: int) -> LogFile:
        """Open the log of a run; of the earlier ones only the last is kept, as the kubelet does."""
        place = self.home(pod) / container
        for old in place.glob("*.log*"):
            if int(old.name.partition(".")[0]) not in (restart, restart - 1):
                old.unlink()
        for path in [one for one, log in self._open.items() if log.closed]:
            del self._open[path]
        log = LogFile(place / f"{restart}.log", self._limit)
        self._open[log.path] = log
        return log

    def forget(self, pod: Object) -> None:
        """Remove all logs of a pod."""
        shutil.rmtree(self.home(pod), ignore_errors=True)

    def read(self, pod: Object, container: str, options: LogOptions) -> AsyncIterator[bytes]:
        """Read the log of a container's present or previous run.

        Args:
            pod: the pod as it is stored.
            container: one of its containers.
            options: which part.

        Raises:
            BadRequest: there is no such log.
        """
        if not pod["spec"].get("nodeName"):
            return _nothing()  # as the API server does for a pod without a node
        path = self.home(pod) / container / f"{wanted_run(pod, container, options.previous)}.log"
        return _Reader(path, self._open.get(path), options).read()


def wanted_run(pod: Object, container: str, previous: bool) -> int:
    """Which run of a container a reader means (``validateContainerLogStatus`` of the kubelet).

    Raises:
        BadRequest: there was no such run.
    """
    where = f'container "{container}" in pod "{pod["metadata"]["name"]}"'
    listed = (pod.get("status") or {}).get("containerStatuses") or []
    status = next((one for one in listed if one["name"] == container), None)
    if status is None:
        raise errors.BadRequest(f"{where} is not available")
    state, restarts = status.get("state") or {}, int(status.get("restartCount", 0))
    has_last = bool((status.get("lastState") or {}).get("terminated"))
    if previous and not has_last:
        raise errors.BadRequest(f"previous terminated {where} not found")
    if "running" in state or "terminated" in state:
        return restarts - int(previous)
    # A container that waits for its next start has not been counted as restarted yet.
    if has_last:
        return restarts
    raise errors.BadRequest(f"{where} is waiting to start{_why(state.get('waiting') or {})}")


def _why(waiting: Object) -> str:
    reason: str = waiting.get("reason", "")
    spoken = {
        "ErrImagePull": "image can't be pulled",
        "ImagePullBackOff": "trying and failing to pull image",
    }
    return f": {spoken.get(reason, reason)}" if reason else " - no logs yet"


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in list[bytes]():
        yield chunk


class _Reader:
    """One reading of one log."""

    def __init__(self, path: Path, log: LogFile | None, options: LogOptions) -> None:
        self._path = path
        self._log = log
        self._options = options
        self._since = _stamp_of(options.since) if options.since else b""
        self._left = options.limit_bytes
        self._in_line = False

    async def read(self) -> AsyncIterator[bytes]:
        """The text, in chunks; with ``follow`` until the container ends."""
        tail, again = self._options.tail_lines, True
        while again:
            rotated = self._rotated()
            try:
                stream = self._path.open("rb")
            except FileNotFoundError:
                return
            with stream:
                stream.seek(0 if tail is None else _from_end(stream, tail))
                async for chunk in self._file(stream, rotated):
                    if chunk := self._limited(chunk):
                        yield chunk
                    if self._left == 0:
                        return
            tail, again = None, self._options.follow and self._rotated() != rotated

    async def _file(self, stream: BinaryIO, rotated: int) -> AsyncIterator[bytes]:
        rest = b""
        while True:
            # Asked before reading: what is complete now stays so, and is then read to its end.
            complete = self._rotated() != rotated
            if data := stream.read(CHUNK):
                records, _, rest = (rest + data).rpartition(b"\n")
                yield self._text(records)
                await asyncio.sleep(0)  # let others have the loop between two chunks
            elif complete or not self._follows():
                return
            elif self._log:
                await self._log.more()

    def _follows(self) -> bool:
        return self._options.follow and self._log is not None and not self._log.closed

    def _rotated(self) -> int:
        return self._log.rotated if self._log else 0

    def _text(self, records: bytes) -> bytes:
        """What the program wrote, out of whole records."""
        found = []
        for record in records.split(b"\n"):
            if len(record) < _TEXT or record[:_TIME] < self._since:
                continue
            if self._options.timestamps and not self._in_line:
                found.append(record[: _TIME + 1])
            self._in_line = record[_TIME + 1 : _TEXT - 1] == b"P"
            found.append(record[_TEXT:] if self._in_line else record[_TEXT:] + b"\n")
        return b"".join(found)

    def _limited(self, chunk: bytes) -> bytes:
        if self._left is not None:
            chunk = chunk[: self._left]
            self._left -= len(chunk)
        return chunk


def _from_end(stream: BinaryIO, lines: int) -> int:
    """Where the last ``lines`` lines of a file begin."""
    position = end = stream.seek(0, 2)
    while position:
        size = min(CHUNK, position)
        position -= size
        stream.seek(position)
        block = stream.read(size)
        at = len(block)
        while (at := block.rfind(b"\n", 0, at)) >= 0:
            # The newline at the very end closes the last line and begins none.
            if position + at + 1 < end or lines == 0:
                if lines == 0:
                    return position + at + 1
                lines -= 1
                if lines == 0:
                    return position + at + 1
    return 0


def _stamp_of(moment: datetime) -> bytes:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").encode() + b"000Z"
