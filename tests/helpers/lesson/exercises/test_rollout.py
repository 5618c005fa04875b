"""The exercise of production/02-rollout: pods that end in order, and the ways in which they do not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helpers.lesson.exercises import nothing_cut
from tests.helpers.fakes import FakeObjects, fake_lab, made, refused

LIVE: dict[str, Any] = {
    "terminationGracePeriodSeconds": 20,
    "containers": [{"name": "greeter", "image": "greeter", "args": ["server", "--grace", "0"]}],
}


class DryRun(FakeObjects):
    """Merges a change into the Deployment as a strategic merge does, and keeps nothing."""

    refusal: Exception | None = None
    sent: dict[str, Any] | None = None

    def request(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        assert (method, path) == ("PATCH", "/apis/apps/v1/namespaces/me/deployments/demo")
        self.sent = sent
        if self.refusal:
            raise self.refusal
        spec = copy.deepcopy(LIVE)
        change = dict(sent["body"]["spec"]["template"]["spec"])
        containers = change.pop("containers", [])
        spec.update(change)
        for container in containers:
            spec["containers"][0].update(container)
        return {"spec": {"template": {"spec": spec}}}


def lab() -> Any:
    found = fake_lab()
    found.objects = DryRun(made("Deployment", "demo"))
    return found


def ending(*options: str, sleep: float = 0, kill: int | None = None, server: str = "server") -> Any:
    hook = {"preStop": {"sleep": {"seconds": sleep}}} if sleep else None
    change: dict[str, Any] = {
        "containers": [{"name": "greeter", "args": [server, *options], "lifecycle": hook}]
    }
    return change | ({"terminationGracePeriodSeconds": kill} if kill is not None else {})


GRACE = ("--grace", "32")


@pytest.mark.parametrize(
    "answer",
    [
        ending(*GRACE, sleep=6, kill=45),
        ending("--grace=32", sleep=6, kill=45),
        # The grace is longer than the kubelet gives, and no call needs all of it.
        ending("--grace", "60", sleep=6, kill=37),
        ending(*GRACE, "--max-connection-age", "60", sleep=6, kill=45),
        ending(*GRACE, "--max-connection-age", "60", "--max-connection-age-grace", "31", sleep=6, kill=45),
    ],
)
def test_sleep_grace_and_time_for_both_cut_nothing(answer: object) -> None:
    where = lab()
    verdict = nothing_cut(where, answer)
    assert verdict.right
    assert "SIGTERM after 6 s" in verdict.sentence
    assert where.objects.sent["query"] == {"dryRun": "All", "fieldValidation": "Strict"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ending(*GRACE, kill=45), "no preStop sleep, so SIGTERM comes at once"),
        (ending(*GRACE, sleep=5, kill=45), "After 5 s of sleep the door closes"),
        (ending("--grace", "0", sleep=6, kill=45), "calls have 0 s, and one that has just begun needs 30 s"),
        (ending(sleep=6, kill=45), "calls have 5 s"),
        (ending(*GRACE, sleep=6), "the Deployment's own terminationGracePeriodSeconds, 20"),
        (ending(*GRACE, sleep=6, kill=33), "your terminationGracePeriodSeconds, 33"),
        (ending(*GRACE, sleep=6, kill=5), "leaves the calls 0 s"),
        (
            ending(*GRACE, "--max-connection-age", "1", "--max-connection-age-grace", "1", sleep=6, kill=45),
            "gives its calls 1 s, so one of 30 s dies even without a rollout",
        ),
        (ending(*GRACE, sleep=6, kill=45, server="client"), 'it has to begin with "server"'),
        (ending("--grace", "long", sleep=6, kill=45), "has to be seconds after --grace"),
        ({"spec": ending(*GRACE, sleep=6, kill=45)}, "Leave out what is around it"),
        (
            {"containers": [{"name": "greeter", "lifecycle": {"preStop": {"exec": {"command": ["sleep"]}}}}]},
            "runs a program of the image",
        ),
        (32, "of type int"),
    ],
)
def test_what_would_be_cut_is_told(answer: object, says: str) -> None:
    verdict = nothing_cut(lab(), answer)
    assert verdict.right is False
    assert says in verdict.sentence


def test_other_calls_need_other_times() -> None:
    answer = ending("--grace", "5", sleep=3)
    assert nothing_cut(lab(), answer).right is False
    assert nothing_cut(lab(), answer, longest=4, look_up=1).right


def test_a_change_that_is_none_is_refused_in_the_servers_words() -> None:
    where = lab()
    where.objects.refusal = refused(422, "unknown field spec.template.spec.grace")
    verdict = nothing_cut(where, {"grace": 30})
    assert verdict.right is False
    assert "refuses it: unknown field spec.template.spec.grace. Which" in verdict.sentence


def test_a_cluster_that_cannot_be_asked_is_no_wrong_answer() -> None:
    where = lab()
    where.objects.refusal = refused(503, "not now")
    assert nothing_cut(where, ending()).right is None
    assert nothing_cut(where, ...).right is None
