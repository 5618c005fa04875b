import pytest

from localcluster.controllers import rollout
from tests.localcluster.controllers.cluster import Object, deployment, rolling


def sized(name: str, replicas: int, available: int) -> Object:
    return {
        "metadata": {"name": name},
        "spec": {"replicas": replicas},
        "status": {"availableReplicas": available},
    }


@pytest.mark.parametrize(
    ("value", "total", "up", "number"),
    [
        (2, 10, True, 2),
        ("25%", 10, True, 3),
        ("25%", 10, False, 2),
        ("100%", 3, True, 3),
        ("7%", 100, True, 7),
    ],
)
def test_resolve(value: int | str, total: int, up: bool, number: int) -> None:
    assert rollout.resolve(value, total, up=up) == number


def test_limits_without_a_strategy_are_the_defaults() -> None:
    assert rollout.limits(deployment(4)) == rollout.Limits(1, 1)


def test_recreate_has_no_limits() -> None:
    assert rollout.limits(deployment(4, strategy={"type": "Recreate"})) == rollout.Limits(0, 0)


def test_no_more_pods_can_be_unavailable_than_there_are() -> None:
    assert rollout.limits(deployment(2, strategy=rolling(0, 5))) == rollout.Limits(0, 2)


def test_pods_that_are_not_available_go_first() -> None:
    wish = deployment(3, strategy=rolling(1, 0))
    old = [sized("good", 3, 3), sized("broken", 1, 0)]
    assert rollout.old_sizes(wish, old, sized("new", 0, 0)) == {"good": 3, "broken": 0}


def test_new_pods_that_are_still_coming_hold_the_old_ones() -> None:
    wish = deployment(4, strategy=rolling(0, 2))
    # Two were just replaced, though the report of the old ReplicaSet may be late.
    assert rollout.old_sizes(wish, [sized("old", 2, 4)], sized("new", 2, 0)) == {"old": 2}


def test_scaling_to_zero_leaves_nothing() -> None:
    active = [sized("old", 3, 3), sized("new", 1, 0)]
    sizes = rollout.proportional_sizes(deployment(0), active, {"old": 4, "new": 4})
    assert sizes == {"old": 0, "new": 0}


def test_the_largest_takes_what_rounding_leaves() -> None:
    wish = deployment(5, strategy=rolling(0, 1))
    active = [sized("old", 2, 2), sized("new", 1, 1)]
    sizes = rollout.proportional_sizes(wish, active, {"old": 3, "new": 3})
    assert sizes == {"old": 3, "new": 2}


def test_the_oldest_gives_what_can_be_spared_and_no_other_gives_it_again() -> None:
    wish = deployment(4, strategy=rolling(2, 0))
    old = [sized("older", 2, 2), sized("old", 2, 2)]
    assert rollout.old_sizes(wish, old, sized("new", 1, 1)) == {"older": 1, "old": 2}


def test_no_more_idle_pods_go_than_there_is_room_for() -> None:
    wish = deployment(4, strategy=rolling(0, 1))
    old = [sized("older", 2, 0), sized("old", 2, 0)]
    assert rollout.old_sizes(wish, old, sized("new", 0, 0)) == {"older": 1, "old": 2}


def test_among_equals_the_newer_grows_and_the_older_shrinks() -> None:
    active = [sized("old", 2, 2), sized("new", 2, 2)]
    before: dict[str, int | None] = {"old": 4, "new": 4}
    grown = rollout.proportional_sizes(deployment(5, strategy=rolling(0, 1)), active, before)
    shrunk = rollout.proportional_sizes(deployment(3, strategy=rolling(0, 1)), active, before)
    assert (grown, shrunk) == ({"old": 2, "new": 3}, {"old": 1, "new": 2})
