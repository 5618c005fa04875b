"""What validation says of an object, as short lines."""

from localcluster.objects import defaults, validation
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object


def errors(obj: Object) -> list[str]:
    """`field: message` of a new object, defaulted."""
    defaults.apply(obj["kind"], obj)
    return [str(error) for error in validation.of_new(BY_KIND[obj["kind"]], obj)]


def fields(obj: Object) -> list[str]:
    """The fields that are wrong in a new object."""
    return [line.partition(": ")[0] for line in errors(obj)]


def change_errors(old: Object, new: Object) -> list[str]:
    """`field: message` of a changed object, defaulted."""
    for obj in (old, new):
        defaults.apply(obj["kind"], obj)
    return [str(error) for error in validation.of_change(BY_KIND[new["kind"]], old, new)]
