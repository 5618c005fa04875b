from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from helpers.observe.latency import added_ms, measure_greetings, parse_measured, read_measured
from tests.helpers.fakes import fake_lab, made

PODS = ["demo-a", "demo-b", "demo-c"]


def lines(pod: str, connection: str, took: float = 1.0) -> str:
    said = f'Greeting: "demo-{pod}" says: Hello world' if pod else "Error: UNAVAILABLE: no"
    return (
        f"2026/11/24 10:00:00 {said}\n"
        f"2026/11/24 10:00:00 Measured: {took:.3f} ms, own work 0.250 ms, "
        f"channel 1, connection {connection}\n"
    )


def measured(served: str, variant: str = "v", *, connections: int = 1, took: float = 1.0) -> pd.DataFrame:
    """One greeting per letter, by that pod, the connections in turn."""
    text = "".join(
        lines(letter, f"ipv4:10.0.0.9:{40_000 + place % connections}", took + place)
        for place, letter in enumerate(served)
    )
    return parse_measured(text, variant, "c", pods=PODS)


def test_each_greeting_has_its_time_and_its_connection() -> None:
    table = parse_measured(lines("a", "ipv4:10.0.0.9:1", 0.912) + lines("", "none", 5.0), "v", "c", pods=PODS)
    assert table["number"].tolist() == [1, 2]
    assert table["channel"].tolist() == [1, 1]
    assert table["connection"].tolist()[0] == "ipv4:10.0.0.9:1"
    assert table["connection"].isna().tolist() == [False, True]
    assert table["ok"].tolist() == [True, False]
    assert list(table["server"].cat.categories) == PODS


def test_a_failed_greeting_has_no_latency() -> None:
    table = parse_measured(lines("a", "ipv4:10.0.0.9:1", 0.912) + lines("", "none", 0.1), "v", "c", pods=PODS)
    assert table["milliseconds"].dropna().tolist() == [0.912]
    assert table["own_milliseconds"].dropna().tolist() == [0.25]
    assert table.groupby("variant")["milliseconds"].median().tolist() == [0.912]


def test_a_table_of_nothing_has_the_same_columns() -> None:
    assert parse_measured("").dtypes.to_dict() == measured("a").dtypes.to_dict() | {
        "server": parse_measured("")["server"].dtype
    }


def test_a_log_without_measurements_is_refused() -> None:
    with pytest.raises(LabError, match="1 greetings and 0 measurements; run the client with --measure"):
        parse_measured('2026/11/24 10:00:00 Greeting: "demo-a" says: Hello world')


def client(variant: str) -> Object:
    container = {"name": "client", "image": "greeter", "args": ["client", "x:1", "--interval", "1"]}
    template = {"spec": {"containers": [{**container, "env": [{"name": "A", "value": "b"}]}]}}
    return made("Deployment", f"client-{variant}", spec={"template": template})


def test_a_measurement_runs_the_variants_own_client() -> None:
    log = SimpleNamespace(data=lines("b", "ipv4:10.0.0.9:1").encode())
    lab = fake_lab(client("v"), core=SimpleNamespace(read_namespaced_pod_log=lambda *_a, **_k: log))
    seen: list[dict[str, Any]] = []

    def meanwhile() -> None:
        [item] = lab.objects.select("Pod", "me")
        seen.extend(item["spec"]["containers"])
        lab.objects.put({**item, "status": {"phase": "Succeeded"}})

    lab.objects.meanwhile = [meanwhile]
    table = measure_greetings(lab, "v", count=7)
    assert table[["variant", "server"]].astype(str).to_numpy().tolist() == [["v", "demo-b"]]
    [container] = seen
    assert container["args"] == [
        *("client", "x:1", "--interval", "1"),
        *("--count", "7", "--interval", "0", "--measure"),
    ]
    assert container["env"] == [{"name": "A", "value": "b"}]


def test_a_variant_that_is_not_there_is_named() -> None:
    with pytest.raises(LabError, match=r'no Deployment client-v in namespace me; helpers\.apply\(lab, "v"\)'):
        measure_greetings(fake_lab(), "v")


def running(name: str) -> Object:
    return made("Pod", name, labels={"app": "client-v"}, status={"phase": "Running"})


def test_clients_that_run_are_read_up_to_their_last_measurement() -> None:
    half = '2026/11/24 10:00:01 Greeting: "demo-c" says: Hello world\n'
    logs = {
        "c1": lines("a", "ipv4:10.0.0.9:1", 2.0) + half,
        "c2": lines("b", "ipv4:10.0.0.9:2", 3.0),
        "c3": half,
    }

    def read(name: str, *_: object, container: str, **__: object) -> SimpleNamespace:
        assert container == "client"  # there may be a sidecar beside it
        return SimpleNamespace(data=logs[name].encode())

    lab = fake_lab(*map(running, logs), core=SimpleNamespace(read_namespaced_pod_log=read))
    table = read_measured(lab, "v")
    assert table[["client", "server", "milliseconds"]].to_numpy().tolist() == [
        ["c1", "demo-a", 2.0], ["c2", "demo-b", 3.0],
    ]  # fmt: skip


def test_measurements_of_nobody_are_refused() -> None:
    with pytest.raises(LabError, match="No client pods of variant v run"):
        read_measured(fake_lab(), "v")


def test_what_a_way_adds_is_against_the_direct_one_of_its_own_round() -> None:
    parts = [
        measured("ab", took=took).assign(way=way, event=event, client=f"{way}-{event}")
        for way, event, took in (("direct", 1, 1.0), ("edge", 1, 3.0), ("edge", 2, 9.0), ("direct", 2, 8.5))
    ]
    added = added_ms(pd.concat(parts, ignore_index=True), "direct")
    assert added[["way", "client", "event"]].to_numpy().tolist() == [
        ["edge", "edge-1", 1],
        ["edge", "edge-2", 2],
    ]
    assert added["milliseconds"].round(6).tolist() == [2.0, 0.5]
