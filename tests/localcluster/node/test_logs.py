"""Logs: every line once and in order, whatever part is asked for, across rotation."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcluster.errors import BadRequest
from localcluster.node import logs
from localcluster.node.logs import LogOptions, Logs

Object = dict[str, Any]

RUNNING: Object = {"running": {}}
WAITING: Object = {"waiting": {"reason": "CrashLoopBackOff"}}
ENDED: Object = {"terminated": {"exitCode": 1}}


def pod(state: Object | None = None, *, restarts: int = 0, last: Object | None = None) -> Object:
    status = {"name": "c", "state": state or RUNNING, "restartCount": restarts, "lastState": last or {}}
    return {
        "metadata": {"name": "demo", "namespace": "lab", "uid": "1"},
        "spec": {"nodeName": "n"},
        "status": {"containerStatuses": [status]},
    }


async def collect(held: Logs, **options: Any) -> str:
    return b"".join([chunk async for chunk in held.read(pod(), "c", LogOptions(**options))]).decode()


def read(held: Logs, **options: Any) -> str:
    return asyncio.run(collect(held, **options))


def written(folder: Path, *pieces: str, limit: int = logs.FILE_BYTES) -> Logs:
    held = Logs(folder, limit)
    log = held.begin(pod(), "c", 0)
    for piece in pieces:
        log.write(piece.encode())
    log.close()
    return held


def test_lines_come_back_as_they_were_said(tmp_path: Path) -> None:
    assert read(written(tmp_path, "one\ntw", "o\r\n\nthree\n")) == "one\ntwo\r\n\nthree\n"


def test_an_unfinished_line_is_kept_at_the_end(tmp_path: Path) -> None:
    held = Logs(tmp_path)
    log = held.begin(pod(), "c", 0)
    log.write(b"one\nlast words")
    assert read(held) == "one\n"
    log.close()
    assert read(held) == "one\nlast words"


def test_a_very_long_line_stays_one_line(tmp_path: Path) -> None:
    long = "x" * (2 * logs.LONGEST_PART + 7)
    held = written(tmp_path, long[:5000], long[5000:] + "\nnext\n")
    assert read(held) == f"{long}\nnext\n"
    assert len(re.findall(r"Z ", read(held, timestamps=True))) == 2


def test_timestamps_are_rfc_3339_with_nanoseconds(tmp_path: Path) -> None:
    stamped = read(written(tmp_path, "one\ntwo\n"), timestamps=True)
    assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \w+\n){2}", stamped)


def numbered(count: int) -> list[str]:
    return [f"line {number}\n" for number in range(count)]


def test_the_last_lines_of_a_large_log(tmp_path: Path) -> None:
    lines = numbered(9000)
    held = written(tmp_path, "".join(lines))
    for count in (1, 1500, 1999, 8999, 9000, 9001):
        assert read(held, tail_lines=count) == "".join(lines[-count:])


def test_bytes_are_limited(tmp_path: Path) -> None:
    held = written(tmp_path, "one\ntwo\n")
    assert read(held, limit_bytes=5) == "one\nt"
    assert read(held, limit_bytes=99) == "one\ntwo\n"
    assert read(held, limit_bytes=2, follow=True) == "on"


def test_lines_since_a_moment(tmp_path: Path) -> None:
    held = Logs(tmp_path)
    log = held.begin(pod(), "c", 0)
    log.write(b"old\n")
    stamp = read(held, timestamps=True).split()[0]
    moment = datetime.fromisoformat(stamp) + timedelta(microseconds=1)
    while datetime.now(UTC) <= moment:
        pass
    log.write(b"new\n")
    log.close()
    assert read(held, since=moment) == "new\n"
    assert read(held, since=moment.astimezone()) == "new\n"
    assert read(held, since=datetime(2099, 1, 1, tzinfo=UTC)) == ""
    assert read(held, since=datetime(1999, 1, 1, tzinfo=UTC)) == "old\nnew\n"


def test_a_full_file_gives_way_to_a_new_one(tmp_path: Path) -> None:
    held = written(tmp_path, *numbered(200), limit=400)
    [file] = tmp_path.rglob("0.log*")
    assert file.stat().st_size <= 400
    kept = read(held)
    assert "".join(numbered(200)).endswith(kept)
    assert kept.startswith("line ")


async def test_a_follower_misses_nothing_across_rotation(tmp_path: Path) -> None:
    lines = numbered(500)

    held = Logs(tmp_path, 300)
    log = held.begin(pod(), "c", 0)
    log.write(lines[0].encode())
    following = asyncio.create_task(collect(held, follow=True))
    for line in lines[1:]:
        await asyncio.sleep(0)
        log.write(line.encode())
    log.close()
    assert await following == "".join(lines)


async def test_a_follower_that_is_too_slow_goes_on_with_what_is_left(tmp_path: Path) -> None:
    held = Logs(tmp_path, 300)
    log = held.begin(pod(), "c", 0)
    log.write(b"first\n")
    reading = held.read(pod(), "c", LogOptions(follow=True))
    said = await anext(reading)
    for line in numbered(500):
        log.write(line.encode())
    log.close()
    said += b"".join([chunk async for chunk in reading])
    assert said.startswith(b"first\n")
    assert said.endswith(b"line 498\nline 499\n")


def test_only_the_previous_run_is_kept(tmp_path: Path) -> None:
    held = Logs(tmp_path)
    for run in range(4):
        log = held.begin(pod(), "c", run)
        log.write(b"run\n")
        log.close()
    assert sorted(path.name for path in tmp_path.rglob("*.log")) == ["2.log", "3.log"]


@pytest.mark.parametrize(
    ("found", "previous", "run"),
    [
        (pod(RUNNING, restarts=3, last=ENDED), False, 3),
        (pod(RUNNING, restarts=3, last=ENDED), True, 2),
        (pod(ENDED, restarts=3, last=ENDED), False, 3),
        (pod(ENDED, restarts=0), False, 0),
        (pod(WAITING, restarts=3, last=ENDED), False, 3),
        (pod(WAITING, restarts=3, last=ENDED), True, 3),
    ],
)
def test_which_run_is_meant(found: Object, previous: bool, run: int) -> None:
    assert logs.wanted_run(found, "c", previous) == run


@pytest.mark.parametrize(
    ("found", "container", "previous", "text"),
    [
        (pod(), "c", True, 'previous terminated container "c" in pod "demo" not found'),
        (pod(), "d", False, 'container "d" in pod "demo" is not available'),
        *(
            (pod({"waiting": waiting}), "c", False, f'container "c" in pod "demo" is waiting to start{why}')
            for waiting, why in (
                ({}, " - no logs yet"),
                ({"reason": "ErrImageNeverPull"}, ": ErrImageNeverPull"),
                ({"reason": "ErrImagePull"}, ": image can't be pulled"),
                ({"reason": "ImagePullBackOff"}, ": trying and failing to pull image"),
            )
        ),
    ],
)
def test_what_never_was_is_refused(found: Object, container: str, previous: bool, text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        logs.wanted_run(found, container, previous)
    assert str(caught.value) == text
