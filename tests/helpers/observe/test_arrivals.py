from __future__ import annotations

import math

import pandas as pd

from helpers.observe.arrivals import Arrival, Records, parse_queries, seconds_to_new_pod
from helpers.observe.greetings import parse_greetings

DAY = "2026-11-24T21:30:"
OWN = "2026/11/24 21:30:00"
# As grpcio 1.85.1 writes it with GRPC_VERBOSITY=debug GRPC_TRACE=cares_resolver, shortened.
TRACE = f"""\
{DAY}05.000000000Z I1124 21:30:05.1 12 ares_resolver.cc:696] resolver:0x7f OnHostbynameDoneLocked name=demo:50051 ARES_SUCCESS
{DAY}05.000000001Z I1124 21:30:05.1 12 ares_resolver.cc:737] resolver:0x7f c-ares resolver gets a AF_INET result:
{DAY}05.000000002Z   addr: 10.0.0.1
{DAY}05.000000003Z   port: 50051
{DAY}05.000000004Z   addr: 10.0.0.2
{DAY}05.000000005Z I1124 21:30:05.1 12 ares_resolver.cc:691] resolver:0x7f OnHostbynameDoneLocked: address lookup failed for demo
"""  # noqa: E501 - a line of the log is as long as it is


def log(*answers: tuple[int, str]) -> str:
    lines = [f'{DAY}{at:02d}.500000000Z {OWN} Greeting: "{pod}" says: Hello x' for at, pod in answers]
    return "".join(f"{line}\n" for line in lines)


def records() -> Records:
    texts = {"c1": log((1, "old"), (2, "old"), (4, "new"), (5, "new")), "c2": log((1, "old"), (5, "old"))}
    parts = [parse_greetings(text, "v", client, pods=["new", "old"]) for client, text in texts.items()]
    return Records(pd.concat(parts, ignore_index=True), parse_queries(TRACE, "v", "c1"))


ARRIVED = Arrival(("new",), pd.Timestamp(f"{DAY}03Z"))


def test_a_dns_answer_is_counted_once_with_its_addresses() -> None:
    found = parse_queries(TRACE, "v", "c")
    assert found["addresses"].tolist() == [2]
    assert found["time"].tolist() == [pd.Timestamp(f"{DAY}05Z")]
    assert parse_queries("", "v", "c").empty


def test_the_clock_stops_at_a_clients_first_greeting_from_a_new_pod() -> None:
    found = seconds_to_new_pod(records(), ARRIVED).set_index("client")["seconds"]
    assert found["c1"] == 1.5
    assert math.isnan(found["c2"])


def test_while_nobody_has_greeted_a_new_pod_nobody_has_a_time() -> None:
    found = seconds_to_new_pod(records(), Arrival(("newer",), ARRIVED.started))
    assert found["client"].tolist() == ["c1", "c2"]
    assert found["seconds"].isna().all()
