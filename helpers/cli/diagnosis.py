"""``python -m helpers diagnose``: the course applied to a Service of one's own, which is only looked at."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace

from helpers.diagnose import cluster, files, judgement, printing
from helpers.diagnose.findings import Diagnosis
from helpers.lab.cluster import running
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab

SERVICES = ("service/", "services/", "svc/")
CLEAR, WARNED = 0, 1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that only ``diagnose`` has."""
    parser.add_argument(
        "-f",
        "--filename",
        action="append",
        metavar="FILE",
        help="diagnose: YAML, a folder or a kustomization in the place of a cluster, - for standard input; "
        "may be "
        "repeated",
    )
    parser.add_argument(
        "--output", choices=("text", "json"), default="text", help="diagnose: how findings are printed"
    )


def take_service(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Take the Service that follows ``diagnose`` out of the commands; end the program at anything else."""
    words = options.commands
    if words[0] != "diagnose" or len(words) > 2:
        parser.error("diagnose goes alone with one Service, such as: diagnose service/checkout")
    if options.filename and options.context:
        parser.error("diagnose looks at files (-f) or at a cluster (--context), one of them")
    given = words[1] if len(words) == 2 else None
    prefix = next((one for one in SERVICES if given and given.startswith(one)), None)
    options.service = given.removeprefix(prefix) if given and prefix else None
    if given and not options.service:
        parser.error(f"diagnose judges a Service, written service/NAME; {given!r} is not that")


def run(
    options: argparse.Namespace,
    look: Callable[[str | None, str | None], Lab],
    say: Callable[[str], object],
    complain: Callable[[str], object],
) -> int:
    """Print a diagnosis, and return 1 if it has a warning, else 0.

    Args:
        options: With ``service``, ``filename``, ``context``, ``namespace`` and ``output``.
        look: Connects to a context and namespace, and makes nothing.
        say: Takes what is found.
        complain: Takes what was not judged and could not be read.

    Raises:
        LabError: There is nothing to look at.
    """
    found = _in_files(options) if options.filename else _in_cluster(options, look)
    say(printing.as_json(found) if options.output == "json" else printing.as_text(found))
    for sentence in printing.limits(found):
        complain(sentence)
    return WARNED if found.warns else CLEAR


def _in_cluster(options: argparse.Namespace, look: Callable[[str | None, str | None], Lab]) -> Diagnosis:
    if not (options.context or os.environ.get("LAB_CONTEXT") or running()):
        raise LabError(
            "No context is named, and the local cluster does not run: name one with --context, or files "
            "with -f."
        )
    lab = look(options.context, options.namespace)
    seen, unread = cluster.inventory(lab)
    where = f"namespace {lab.namespace} of context {lab.context}"
    if "Service" in seen.unread:
        raise LabError(f"The Services in {where} cannot be listed: {unread[0]}")
    services = judgement.choose(seen, options.service, lab.namespace, where)
    return replace(judgement.judge(seen, services), unread=unread)


def _in_files(options: argparse.Namespace) -> Diagnosis:
    found = files.inventories(options.filename, options.namespace)
    where = ", ".join(options.filename)
    return judgement.judge_all(found, options.service, options.namespace, where)
