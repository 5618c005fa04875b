from localcluster.controllers import rollout
from tests.localcluster.controllers.cluster import Object, deployment, rolling


def sized(name: str, replicas: int, available: int) -> Object:
    return {
        "metadata": {"name": name},
        "spec": {"replicas": replicas},
        "status": {"availableReplicas": available},
    }


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
