"""The exercises of 01, 03, 04 and 05: the right answer, and what is said about each likely wrong one."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.lesson.exercises import client_moved, more_even, own_time, pinned_sum, turn_by_turn
from helpers.observe.greetings import parse_greetings
from tests.helpers.observe.test_stats import greetings


def clients(**served: str) -> pd.DataFrame:
    """The greetings of some clients, one letter for each pod that answered, a second apart."""
    frames = [greetings(pods, client=name) for name, pods in served.items()]
    frames = [part.assign(time=part["time"] + pd.to_timedelta(range(len(part)), unit="s")) for part in frames]
    return pd.concat(frames, ignore_index=True)


BEFORE = clients(one="aaa", two="bbb")


def test_a_client_that_was_replaced_and_landed_elsewhere_has_moved() -> None:
    verdict = client_moved(BEFORE, clients(two="bb", three="cc"))
    assert verdict.right
    assert "three is on demo-c" in verdict.sentence


def test_a_client_that_connected_anew_has_moved() -> None:
    assert client_moved(BEFORE, clients(one="ac", two="bb")).right


def test_a_new_client_on_the_old_pod_is_bad_luck() -> None:
    verdict = client_moved(BEFORE, clients(two="bb", three="aa"))
    assert verdict.right is False
    assert "chance put it on demo-a again" in verdict.sentence


def test_clients_that_stayed_have_not_moved() -> None:
    verdict = client_moved(BEFORE, clients(one="aa", two="bb"))
    assert verdict.right is False
    assert "still on demo-a, demo-b" in verdict.sentence


def test_a_change_of_the_greeter_is_no_move() -> None:
    fewer = clients(one="cc", two="bb")
    fewer["server"] = pd.Categorical(fewer["server"].astype(str), categories=["demo-b", "demo-c"])
    assert "demo-a is gone" in client_moved(BEFORE, fewer).sentence


@pytest.mark.parametrize("answer", ["", None, 3, parse_greetings("")])
def test_what_is_no_table_of_greetings_is_told_so(answer: object) -> None:
    assert client_moved(BEFORE, answer).right is False


# One client's pods change at 3 of 4 steps, the other's at 1 of 4.
TURNS = clients(one="abcaa", two="aaaab")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (0.25, "25% of the steps"),
        (0.75, "largest share"),
        (0.4, "leave the first row out"),
        (25, "a share, from 0 to 1"),
        (0.1, "For each client by itself"),
        ("a quarter", "of type str"),
    ],
)
def test_steps_are_counted_for_each_client(answer: object, says: str) -> None:
    verdict = turn_by_turn(TURNS, answer)
    assert verdict.right is (answer == 0.25)
    assert says in verdict.sentence


def test_a_turn_for_each_client_is_called_so() -> None:
    assert "in turn for each client" in turn_by_turn(clients(one="abcab"), 1.0).sentence


# Envoy held each line for its number of microseconds, and longest the one that waited least for its pod.
TIMED = [
    {"duration_us": 50_000 - 400 * place + 10 * place, "upstream_us": 50_000 - 400 * place}
    for place in range(101)
]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (0.99, "0.99 ms: one greeting in a hundred"),
        (990, "microseconds"),
        (49.61, "the pod's time is in it"),
        (49.6, "the pod's time is in it"),
        (0.5, "the median"),
        (7.0, "What is duration_us less upstream_us"),
        (-1, "a number of milliseconds"),
        ([0.99], "of type list"),
    ],
)
def test_time_in_envoy_is_taken_for_each_request(answer: object, says: str) -> None:
    verdict = own_time(TIMED, answer)
    assert verdict.right is (answer == 0.99)
    assert says in verdict.sentence


def test_percentiles_do_not_subtract() -> None:
    timed = [{"duration_us": 3000, "upstream_us": 1000}, {"duration_us": 9000, "upstream_us": 8800}] * 50
    assert "two percentiles" in own_time(timed, 0.2).sentence


RIGHT = {1: 1.0, 2: 1.67, 5: 2.33, 10: 2.69, 30: 2.9, 100: 2.97}


def test_means_are_held_against_the_exact_ones() -> None:
    assert pinned_sum(RIGHT).right


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({30: 1.0}, "That is one client"),
        ({10: 0.8}, "between 1 and 3"),
        ({100: 4}, "between 1 and 3"),
        ({5: 2.8}, "Draw a pod for each client"),
        ({5: "two"}, "of type str"),
    ],
)
def test_a_wrong_mean_is_named(change: dict[int, object], says: str) -> None:
    verdict = pinned_sum({**RIGHT, **change})
    assert verdict.right is False
    assert says in verdict.sentence


def test_a_missing_mean_is_named() -> None:
    assert "no mean for 30, 100 clients" in pinned_sum({1: 1, 2: 1.67, 5: 2.3, 10: 2.7}).sentence


@pytest.mark.parametrize(
    ("answers", "right", "says"),
    [
        (("second", "first"), True, "They disagree"),
        (("first", "first"), False, "effective number of pods of the first is 2.00 and of the second 2.23"),
        (("second", "second"), False, "Jain's index of the first is 0.67"),
        (("a", "b"), False, 'neither "first" nor "second"'),
    ],
)
def test_each_measure_is_asked(answers: tuple[str, str], right: bool, says: str) -> None:
    verdict = more_even(*answers)
    assert verdict.right is right
    assert says in verdict.sentence


def test_no_answer_yet() -> None:
    assert own_time(TIMED, ...).right is None
    assert pinned_sum(...).right is None  # type: ignore[arg-type]
