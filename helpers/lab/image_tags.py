"""The tag of the last build, for whoever applies it later: another process, another day.

A tag that every build moves does not reach the pods: with ``imagePullPolicy: IfNotPresent`` a node keeps the
image it has. So each build gets a tag of its own, and ``connect`` reads it here. It is kept with the user's
state and not in the cluster, because a build needs no namespace and no rights there.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from helpers.lab.errors import LabError


def fresh() -> str:
    """Return a tag for a build that begins now: its time in UTC, to the millisecond."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"[:-3]


def recorded(context: str | None, prefix: str | None) -> str | None:
    """Return the tag of the last build for a context and an image prefix; None if there was none."""
    return _read().get(_key(context, prefix))


def record(context: str | None, prefix: str | None, tag: str) -> None:
    """Remember the tag of a build.

    Raises:
        LabError: The user has no state folder, or it cannot be written to.
    """
    try:
        path = _path()
    except RuntimeError as error:
        raise LabError(
            "The image's tag cannot be kept, because this user has no home folder; "
            f"set LAB_IMAGE_TAG={tag} before you apply it."
        ) from error
    tags = {**_read(), _key(context, prefix): tag}
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(tags, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LabError(
            f"The image's tag cannot be kept in {path} ({error.strerror}); set LAB_IMAGE_TAG={tag} before "
            "you apply it."
        ) from error


def _path() -> Path:
    """A file in the XDG state folder (https://specifications.freedesktop.org/basedir-spec/latest/)."""
    told = os.environ.get("XDG_STATE_HOME")
    state = Path(told) if told and Path(told).is_absolute() else Path.home() / ".local" / "state"
    return state / "grpc-lab" / "image-tags.json"


def _key(context: str | None, prefix: str | None) -> str:
    return f"{context or ''} {prefix or ''}"


def _read() -> dict[str, str]:
    try:
        found = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):  # RuntimeError: the user has no home folder
        return {}
    return {str(key): str(tag) for key, tag in found.items()} if isinstance(found, dict) else {}
