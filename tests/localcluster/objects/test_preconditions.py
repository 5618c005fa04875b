"""What a write says of the object it was made for."""

import pytest

from localcluster.errors import ApiError, Conflict, Unclassified
from localcluster.objects import preconditions
from localcluster.storage.resources import BY_KIND
from localcluster.types import Record

HELD = Record("Deployment", "lab", "demo", 7, '{"metadata":{"uid":"u1"}}')
DEPLOYMENT = BY_KIND["Deployment"]


@pytest.mark.parametrize("version", ["", "0", "7"])
def test_the_same_version_or_none_is_right(version: str) -> None:
    preconditions.check_version(DEPLOYMENT, HELD, version)


@pytest.mark.parametrize(("version", "error"), [("6", Conflict), ("8", Conflict), ("x", Unclassified)])
def test_another_version_is_not(version: str, error: type[ApiError]) -> None:
    with pytest.raises(error):
        preconditions.check_version(DEPLOYMENT, HELD, version)


def test_a_replacement_of_another_uid_is_refused() -> None:
    preconditions.check_replaced(DEPLOYMENT, HELD, "u1")
    with pytest.raises(Conflict, match="UID in precondition: u2, UID in object meta: u1"):
        preconditions.check_replaced(DEPLOYMENT, HELD, "u2")


@pytest.mark.parametrize(
    ("uid", "version", "why"),
    [
        ("u2", None, r"the UID in the precondition \(u2\) does not match the UID in record \(u1\)"),
        (None, "6", r"the ResourceVersion in the precondition \(6\) does not match .* in record \(7\)"),
    ],
)
def test_a_deletion_of_another_object_is_refused(uid: str | None, version: str | None, why: str) -> None:
    preconditions.check_deleted(DEPLOYMENT, HELD, "u1", "7")
    with pytest.raises(Conflict, match=why) as refused:
        preconditions.check_deleted(DEPLOYMENT, HELD, uid, version)
    assert refused.value.details == {"name": "demo", "group": "apps", "kind": "deployments"}
