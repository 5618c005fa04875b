import pytest

from localcluster import errors
from localcluster.errors import ApiError, Conflict, FieldError, Forbidden, Invalid, NotFound, Rejected
from localcluster.storage.resources import BY_KIND

DEPLOYMENT, POD = BY_KIND["Deployment"], BY_KIND["Pod"]


@pytest.mark.parametrize(
    ("error", "code", "reason", "message"),
    [
        (NotFound(DEPLOYMENT, "demo"), 404, "NotFound", 'deployments.apps "demo" not found'),
        (Forbidden.object(POD, "a", "no"), 403, "Forbidden", 'pods "a" is forbidden: no'),
        (errors.Unauthorized(), 401, "Unauthorized", "Unauthorized"),
        (errors.NoSuchPath(), 404, "NotFound", "the server could not find the requested resource"),
        (Rejected("why"), 422, "Invalid", "the server rejected our request due to an error in our request"),
    ],
)
def test_a_refusal_is_a_status(error: ApiError, code: int, reason: str, message: str) -> None:
    status = error.status()
    assert (status["kind"], status["status"], status["metadata"]) == ("Status", "Failure", {})
    assert (status["code"], status["reason"], status["message"]) == (code, reason, message)


def test_details_name_the_object_and_its_group() -> None:
    assert NotFound(DEPLOYMENT, "demo").details == {"name": "demo", "group": "apps", "kind": "deployments"}
    assert Conflict.stale(POD, "a").details == {"name": "a", "kind": "pods"}


def test_one_error_stands_alone_and_several_in_brackets() -> None:
    one, two = errors.required("spec.a"), errors.required("spec.b", "b is needed")
    assert Invalid("Pod", "", "x", [one]).message == 'Pod "x" is invalid: spec.a: Required value'
    both = Invalid("Deployment", "apps", "x", [one, two])
    assert both.message == (
        'Deployment.apps "x" is invalid: [spec.a: Required value, spec.b: Required value: b is needed]'
    )
    assert [cause["field"] for cause in both.details["causes"]] == ["spec.a", "spec.b"]


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (errors.invalid("a", {"b": 1}, "no"), "FieldValueInvalid", 'Invalid value: {"b":1}: no'),
        (
            errors.unsupported("a", "x", ("c", "b")),
            "FieldValueNotSupported",
            'Unsupported value: "x": supported values: "c", "b"',
        ),
        (errors.duplicate("a", "x"), "FieldValueDuplicate", 'Duplicate value: "x"'),
        (errors.forbidden("a", "no"), "FieldValueForbidden", "Forbidden: no"),
        (errors.too_long("a", 3), "FieldValueTooLong", "Too long: may not be more than 3 bytes"),
    ],
)
def test_field_errors_have_the_words_of_kubernetes(error: FieldError, reason: str, message: str) -> None:
    assert error.cause() == {"reason": reason, "message": message, "field": "a"}
