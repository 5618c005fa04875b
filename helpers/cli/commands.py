"""The command line ``python -m helpers``: build, diff, apply, status, logs, delete and reset, on any context.

``diagnose`` looks at a Service of anybody's, in a cluster or in files, and changes nothing.

Exit status: 0 done; 1 a ``diff`` that no ``apply`` follows has found a difference, or ``diagnose`` warns;
2 wrong usage, or the cluster, a builder or a file is not as it must be; 130 interrupted; 141 nobody reads the
output any more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from helpers.cli import diagnosis, tables
from helpers.deploy import diff, images, ingress, manifests
from helpers.deploy.variants import apply, delete, wait_ready
from helpers.lab import image_tags
from helpers.lab.connection import look, server_of
from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab
from helpers.lab.namespace import ensure_namespace
from helpers.lesson import reset

# What they do comes in this order, whatever the order in which they are named.
ORDER = ("build", "diff", "apply", "status", "logs", "delete")
# Each goes alone, with one argument.
RESET, DIAGNOSE = "reset", "diagnose"
GREETER = "greeter"
COURSE = ("clusterip", "headless", "headless-round-robin", "ingress", "envoy")
SAME, DIFFERENT, FAILED, INTERRUPTED, CUT_OFF = 0, 1, 2, 130, 141
TAIL = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parse(arguments)
    try:
        return _run(options)
    except LabError as error:
        _complain(str(error))
    except ApiException as error:
        _complain(f"The API server refused ({error.status}): {refusal(error)}.")
    except HTTPError as error:
        _complain(
            f"The API server does not answer any more ({type(error).__name__}); is the cluster running?"
        )
    except KeyboardInterrupt:
        _complain("Interrupted; what was done until now stays.")
        return INTERRUPTED
    except BrokenPipeError:
        # A reader such as `head` has enough. The interpreter flushes once more at its end, which must work.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    return FAILED


# --- options ------------------------------------------------------------------------------------------------


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m helpers",
        description="Bring the course's greeter and its clients to a cluster, look at them, take them away.",
        epilog="Exit status: 0 done; 1 diff alone found a difference, or diagnose a warning; 2 an error. "
        "Without a "
        "context (--context or LAB_CONTEXT) it is the local cluster, started if need be.",
    )
    parser.add_argument(
        "commands",
        nargs="+",
        metavar="COMMAND",
        help="any of build, diff, apply, status, logs, done in this order; or delete, alone; or reset and a "
        "notebook, such as: reset 03; or diagnose and a Service of yours, such as: diagnose service/checkout",
    )
    _add_place(parser)
    _add_build(parser)
    diagnosis.add_options(parser)
    parser.add_argument("--tail", type=_count, default=TAIL, metavar="N", help="logs: lines of each client")
    options = parser.parse_args(arguments)
    options.diagnose = DIAGNOSE in options.commands
    if options.diagnose:
        diagnosis.take_service(parser, options)
        return options
    options.notebook = _take_notebook(parser, options.commands)
    if "delete" in options.commands and len(set(options.commands)) > 1:
        parser.error("delete goes alone")
    return options


def _take_notebook(parser: argparse.ArgumentParser, commands: list[str]) -> str | None:
    """Take the notebook that follows ``reset`` out of the commands; end the program at an unknown one."""
    notebook = None
    if RESET in commands:
        if commands[0] != RESET or len(commands) != 2:
            parser.error("reset goes alone with one notebook, such as: reset 03")
        notebook = commands.pop()
    for name in commands:
        if name not in {*ORDER, RESET}:
            parser.error(f"there is no command {name!r} (choose from {', '.join((*ORDER, RESET, DIAGNOSE))})")
    return notebook


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--context", help="the kubeconfig's context (default: the local cluster)")
    parser.add_argument(
        "-n", "--namespace", help="where the objects live (default: LAB_NAMESPACE or grpc-lab)"
    )
    parser.add_argument("--image-prefix", metavar="PREFIX", help="the image is PREFIX-greeter")
    parser.add_argument(
        "--image-tag",
        metavar="TAG",
        help="the image's tag (default: build gives it a new one, "
        "which the other commands then use; without a build of yours, latest)",
    )
    parser.add_argument(
        "--variant",
        action="append",
        choices=manifests.names(),
        metavar="NAME",
        help="a folder of manifests/, may be repeated (default: the greeter and those variants of the course "
        "that the cluster can serve; delete: everything)",
    )


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--builder",
        choices=images.BUILDERS,
        help=f"build: with what (default: the first that works of {', '.join(images.BUILDERS)})",
    )
    parser.add_argument(
        "--build-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="build: for an ARG of the Dockerfile, such as BASE=python:3.13-slim; may be repeated",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


# --- commands -----------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    if options.diagnose:
        return diagnosis.run(options, look, _say, _complain)
    if options.notebook is not None:
        return _reset(options)
    commands = [name for name in ORDER if name in options.commands]
    lab = None
    if commands != ["build"]:
        # Before the build, which takes minutes: is the cluster there?
        lab = look(
            options.context, options.namespace, image_prefix=options.image_prefix, image_tag=options.image_tag
        )
    if "build" in commands:
        tag = _build(options)
        if lab and tag:
            lab.image_tag = tag
    return _work(lab, commands, options) if lab else SAME


def _reset(options: argparse.Namespace) -> int:
    # Before the cluster is asked: is there such a notebook?
    name = reset.find_notebook(options.notebook).stem
    lab = look(
        options.context, options.namespace, image_prefix=options.image_prefix, image_tag=options.image_tag
    )
    ensure_namespace(lab)
    there = reset.reset(lab, options.notebook)
    _say(f"Namespace {lab.namespace} of {lab.context} is as {name} begins: {', '.join(there) or 'empty'}.")
    return SAME


def _build(options: argparse.Namespace) -> str | None:
    """Build the images, keep their tag for later commands, and return it; None where no image is needed."""
    context = options.context or os.environ.get("LAB_CONTEXT")
    prefix = options.image_prefix or os.environ.get("LAB_IMAGE_PREFIX")
    way = images.way_to(context, server_of(context) if context else "")
    tag = images.build(
        way,
        prefix=prefix,
        tag=options.image_tag or os.environ.get("LAB_IMAGE_TAG"),
        builder=options.builder,
        arguments=options.build_arg,
        say=_say,
    )
    if way.name == images.NOWHERE:
        return None
    image_tags.record(context, prefix, tag)
    _say(f"The tag is {tag}. On this machine apply uses it; elsewhere set LAB_IMAGE_TAG={tag}.")
    return tag


def _work(lab: Lab, commands: Sequence[str], options: argparse.Namespace) -> int:
    """Do what needs the cluster."""
    status, applies = SAME, "apply" in commands
    variants = _chosen(lab, options.variant) if applies or "diff" in commands else []
    if "diff" in commands:
        differs = _diff(lab, variants)
        if not differs:
            _say(
                f"No difference in namespace {lab.namespace}"
                + ("; there is nothing to apply." if applies else ".")
            )
        status = DIFFERENT if differs and not applies else SAME
        applies = applies and differs
    if applies:
        _apply(lab, variants)
    if "status" in commands:
        tables.show_status(lab, options.variant, _say)
    if "logs" in commands:
        tables.show_logs(lab, options.variant, options.tail, _say, _complain)
    if "delete" in commands:
        _delete(lab, options.variant)
    return status


def _chosen(lab: Lab, named: Sequence[str] | None) -> list[str]:
    """Return the variants to apply; the greeter, without which none has an answer, comes first."""
    if named:
        return list(dict.fromkeys([GREETER, *named]))
    classes = set(ingress.ingress_classes(lab))
    kept: list[str] = [GREETER]
    left: list[str] = []
    for variant in COURSE:
        wanted = ingress.wanted_classes(manifests.load(variant))
        (kept if wanted <= classes else left).append(variant)
    for variant in left:
        _say(f"Left out: {variant}, because its IngressClass is not among those of this cluster.")
    return kept


def _diff(lab: Lab, variants: Sequence[str]) -> bool:
    """Print what applying would change; return whether it is anything."""
    exists = _namespace_exists(lab)
    found = diff.variant_differences(lab, variants, namespace_exists=exists)
    if not exists:
        found.insert(0, f"+ Namespace {lab.namespace}\n")
    show = diff.coloured if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else str
    for text in found:
        _say(show(text).rstrip("\n"))
    return bool(found)


def _namespace_exists(lab: Lab) -> bool:
    try:
        return lab.objects.get("Namespace", "", lab.namespace) is not None
    except ApiException as error:
        if error.status != 403:
            raise
        return True  # it may be used without being read; if it is not there, the dry run tells


def _apply(lab: Lab, variants: Sequence[str]) -> None:
    ensure_namespace(lab)
    for variant in variants:
        apply(lab, variant, wait=False)
        _say(f"Applied {variant} in namespace {lab.namespace} of context {lab.context}.")
    for variant in variants:
        wait_ready(lab, variant)
    _say("All pods are ready.")


def _delete(lab: Lab, variants: Sequence[str] | None) -> None:
    for variant in [*variants] if variants else [None]:
        delete(lab, variant)
        _say(
            f"Deleted {variant or 'all that the course made'} in namespace {lab.namespace} of {lab.context}."
        )


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - flushed: what a builder writes comes after it


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
