import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.errors import Gone
from localcluster.storage.store import History, Store
from localcluster.types import Change, Object, Record

_WRITER = """
import os, signal, sys
from pathlib import Path
from localcluster.storage.store import Store
store = Store(Path(sys.argv[1]))
for number in range(20):
    store.put("ConfigMap", {"metadata": {"name": f"c{number}", "namespace": "lab"}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def config_map(name: str, **data: str) -> Object:
    return {"metadata": {"name": name, "namespace": "lab"}, "data": data}


def names(store: Store, namespace: str | None = None) -> list[str]:
    return [record.name for record in store.records("ConfigMap", namespace)]


def test_each_write_has_the_next_revision() -> None:
    store = Store()
    start = store.revision
    first, second = store.put("ConfigMap", config_map("a")), store.put("ConfigMap", config_map("a", x="1"))
    gone = store.remove(second)
    assert [first.revision, second.revision, gone.revision] == [start + 1, start + 2, start + 3]
    assert gone.view["metadata"]["resourceVersion"] == str(gone.revision)
    assert store.get("ConfigMap", "lab", "a") is None


def test_objects_and_revisions_survive(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.put("ConfigMap", config_map("a", x="ü"))
    store.remove(store.put("ConfigMap", config_map("b")))
    store.close()
    again = Store(tmp_path / "db")
    assert again.revision == store.revision
    assert names(again) == ["a"]
    record = again.get("ConfigMap", "lab", "a")
    assert record is not None
    assert record.view["data"] == {"x": "ü"}
    again.close()


def test_the_database_is_private(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.put("ConfigMap", config_map("a"))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    store.close()


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "db")]
    ended = subprocess.run(command, check=False)  # noqa: S603 - our own interpreter
    assert ended.returncode == -9
    store = Store(tmp_path / "db")
    assert len(names(store)) == 20
    store.close()


def change(revision: int, kind: str = "Pod", size: int = 0) -> Change:
    text = json.dumps({"metadata": {"name": "x"}, "pad": "." * size})
    return Change("ADDED", Record(kind, "", "x", revision, text), None)


def test_history_gives_what_came_after() -> None:
    history = History(10)
    for revision in (11, 12, 13):
        history.add(change(revision, "Pod" if revision != 12 else "Node"))
    assert [found.revision for found in history.since("Pod", 11)] == [13]
    assert [found.revision for found in history.since("Pod", 10)] == [11, 13]
    assert history.since("Pod", 99) == []


def test_what_is_forgotten_is_gone() -> None:
    history = History(10, changes=2)
    for revision in (11, 12, 13):
        history.add(change(revision))
    assert [found.revision for found in history.since("Pod", 11)] == [12, 13]
    with pytest.raises(Gone, match=r"too old resource version: 10 \(11\)"):
        history.since("Pod", 10)
    with pytest.raises(Gone):
        History(10).since("Pod", 9)


def test_history_is_bounded_in_size() -> None:
    history = History(0, size=5000)
    for revision in range(1, 9):
        history.add(change(revision, size=1000))
    with pytest.raises(Gone):
        history.since("Pod", 0)
    assert len(history.since("Pod", 4)) == 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Pod", "Node"]), st.booleans()), max_size=30), st.integers(0, 30))
def test_a_resumed_watcher_misses_nothing_or_is_told(steps: list[tuple[str, bool]], since: int) -> None:
    history, all_changes = History(0, changes=8), list[Change]()
    for revision, (kind, _) in enumerate(steps, 1):
        all_changes.append(change(revision, kind))
        history.add(all_changes[-1])
    wanted = [found for found in all_changes if found.kind == "Pod" and found.revision > since]
    try:
        assert history.since("Pod", since) == wanted
    except Gone:
        assert len(all_changes) > 8
