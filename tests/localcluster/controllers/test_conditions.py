from localcluster.controllers import conditions
from tests.localcluster.controllers.cluster import Object

LONG_AGO = "2026-01-01T00:00:00Z"


def old(value: str, reason: str) -> Object:
    condition = conditions.new("Available", value, reason, "as before")
    return {"conditions": [{**condition, "lastTransitionTime": LONG_AGO}]}


def test_another_reason_keeps_the_moment_of_the_transition() -> None:
    status = old("True", "Enough")
    conditions.put(status, conditions.new("Available", "True", "Plenty", ""))
    (found,) = status["conditions"]
    assert (found["reason"], found["lastTransitionTime"]) == ("Plenty", LONG_AGO)


def test_the_last_condition_takes_the_list_along() -> None:
    status = old("True", "Enough")
    conditions.drop(status, "Available")
    assert status == {}
