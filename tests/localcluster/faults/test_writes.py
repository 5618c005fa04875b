"""What was acknowledged is there after a kill, at whatever moment it comes."""

import http.client
import os
import signal
import threading
from itertools import count

from localcluster.lifecycle import control
from tests.localcluster.faults.world import LAB, World, configmap
from tests.patience import until

CONFIGMAPS = f"{LAB}/configmaps"


class Writer:
    """Creates, changes and deletes ConfigMaps and remembers what was acknowledged."""

    def __init__(self, world: World) -> None:
        self.acknowledged: dict[str, str] = {}
        self.pending = ""
        self._world = world
        self._numbers = count()

    def run(self, writes: int) -> None:
        """Write until the daemon is gone; it is killed in the middle of what follows so many writes."""
        pid = self._world.pid
        killer = threading.Thread(target=os.kill, args=(pid, signal.SIGKILL))
        for number in self._numbers:
            writes -= 1
            if writes == 0:
                killer.start()
            try:
                self._write(number)
            except (OSError, http.client.HTTPException):
                assert killer.ident, "it died by itself"
                killer.join()
                return

    def _write(self, number: int) -> None:
        self.pending = name = f"text-{number % 25}"
        if name not in self.acknowledged:
            self._world.ok("POST", CONFIGMAPS, configmap(name, text=str(number)))
        elif number % 3:
            self._world.ok("PUT", f"{CONFIGMAPS}/{name}", configmap(name, text=str(number)))
        else:
            self._world.ok("DELETE", f"{CONFIGMAPS}/{name}")
            del self.acknowledged[name]
            return
        self.acknowledged[name] = str(number)


def stored(world: World) -> dict[str, str]:
    every = {item["metadata"]["name"]: item["data"] for item in world.items(CONFIGMAPS)}
    return {name: data["text"] for name, data in every.items() if name.startswith("text-")}


def without(texts: dict[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in texts.items() if key != name}


def test_a_kill_loses_no_acknowledged_write(world: World) -> None:
    writer = Writer(world)
    for writes in (40, 133, 7):
        writer.run(writes)
        world.hang_up()
        until(lambda: not control.status(world.name).running)
        world.start()
        found = stored(world)
        # The write that nobody answered may or may not have happened.
        assert without(found, writer.pending) == without(writer.acknowledged, writer.pending)
        writer.acknowledged = found


def test_no_resource_version_is_used_twice(world: World) -> None:
    before = int(world.ok("POST", CONFIGMAPS, configmap("before"))["metadata"]["resourceVersion"])
    world.ok("DELETE", f"{CONFIGMAPS}/before")
    world.kill()
    world.start()
    after = int(world.ok("POST", CONFIGMAPS, configmap("after"))["metadata"]["resourceVersion"])
    assert after > before + 1
