"""The kubectl that is installed with the project, for a notebook's ``!kubectl`` lines."""

from __future__ import annotations

import os
import sysconfig


def put_on_path() -> None:
    """Let this process, and what it starts, find the environment's own programs first.

    A kernel runs the environment's Python without the environment being activated, so its programs are on no
    PATH.
    """
    programs = sysconfig.get_path("scripts")
    others = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != programs]
    os.environ["PATH"] = os.pathsep.join([programs, *others])
