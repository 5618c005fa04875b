import asyncio

from localcluster.storage.store import Store
from localcluster.storage.watch import Watch
from localcluster.types import Change, Object


def named(name: str) -> Object:
    return {"metadata": {"name": name}}


def drained(watch: Watch) -> list[str]:
    """The names a closed watch still delivers."""

    async def read() -> list[str]:
        return [change.object["metadata"]["name"] async for change in watch]

    return asyncio.run(read())


def test_a_watch_sees_its_kinds_until_it_is_closed() -> None:
    store = Store()
    watch = Watch(store, ["Pod"])
    store.put("Pod", named("a"))
    store.put("Node", named("b"))
    watch.close()
    store.put("Pod", named("late"))
    watch.close()
    assert drained(watch) == ["a"]


def test_the_backlog_comes_first() -> None:
    store = Store()
    old = Change("ADDED", store.put("Pod", named("old")), None)
    watch = Watch(store, ["Pod"], [old])
    store.put("Pod", named("new"))
    assert [change.object["metadata"]["name"] for change in watch.pending()] == ["old", "new"]
    assert watch.pending() == []
    watch.close()


def test_a_reader_waits_for_the_next_change() -> None:
    async def scene() -> Change:
        store = Store()
        watch = Watch(store, ["Pod"])
        reader = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0)
        assert not reader.done()
        store.put("Pod", named("a"))
        return await reader

    change = asyncio.run(scene())
    assert (change.type, change.kind, change.old) == ("ADDED", "Pod", None)


def test_a_slow_reader_ends_with_what_fitted() -> None:
    store = Store()
    watch = Watch(store, ["Pod"], limit=2)
    for name in "abc":
        store.put("Pod", named(name))
    assert drained(watch) == ["a", "b"]
