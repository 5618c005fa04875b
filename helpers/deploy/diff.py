"""What applying a variant would change, as the API server itself works it out.

Each object is applied as a dry run, so that defaults, other managers' fields and admission have their say,
and what comes back is compared with what is there; ``kubectl diff --server-side`` does the same
(https://kubernetes.io/docs/reference/kubectl/generated/kubectl_diff/).
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable
from typing import Any

import yaml

from helpers.deploy.variants import made_on_the_way, planned
from helpers.lab import ownership
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, is_headless, name_of

# What the server counts or notes for itself; it differs without anybody's having changed anything.
NOISE = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
# Given out by the server, and given out anew when the dry run becomes real.
CHOSEN = ("clusterIP", "clusterIPs")
GREEN, RED, CYAN, BOLD, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[36m", "\x1b[1m", "\x1b[0m"
COLOURS = {"---": BOLD, "+++": BOLD, "@@": CYAN, "+": GREEN, "-": RED}


class _Words(yaml.SafeDumper):
    """YAML that writes a text of several lines in several lines: else it is one line of difference."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Words.add_representer(str, _text)


def variant_differences(lab: Lab, variants: Iterable[str], *, namespace_exists: bool = True) -> list[str]:
    """Return one unified difference for each object that applying would make or change.

    Args:
        lab: Where.
        variants: Folders of ``manifests/``.
        namespace_exists: Without its namespace nothing can be asked of the server: all of it is new.

    Raises:
        LabError: An object is another owner's, or the server would refuse one.
    """
    found: dict[tuple[str, str], str] = {}
    for variant in variants:
        items = planned(lab, variant)
        if namespace_exists:
            ownership.check(lab, items)
        for item in items:
            live, wanted = _both(lab, item) if namespace_exists else (None, item)
            found[str(item["kind"]), name_of(item)] = difference(live, wanted)
        for kind, name in made_on_the_way(items):
            live = lab.objects.get(kind, lab.namespace, name) if namespace_exists else None
            found[kind, name] = "" if live else f"+ {kind} {name}, whose content is known when apply runs\n"
    return [text for text in found.values() if text]


def _both(lab: Lab, item: Object) -> tuple[Object | None, Object]:
    """Return an object as it is and as it would be."""
    live = lab.objects.get(str(item["kind"]), lab.namespace, name_of(item))
    return live, ownership.apply(lab, item, dry_run=True)


def difference(live: Object | None, wanted: Object) -> str:
    """Return the unified difference between an object as it is and as it would be; empty without any."""
    title = f"{wanted['kind']} {name_of(wanted)}"
    before = [] if live is None else _lines(_told(live))
    after = _lines(_told(wanted) if live is not None else _unchosen(_told(wanted)))
    found = difflib.unified_diff(before, after, f"{title} (live)", f"{title} (applied)")
    return "".join(found)


def _told(item: Object) -> Object:
    """Return what somebody wrote of an object: no status, no book-keeping."""
    kept = copy.deepcopy({field: value for field, value in item.items() if field != "status"})
    for field in NOISE:
        kept["metadata"].pop(field, None)
    return kept


def _unchosen(item: Object) -> Object:
    spec: dict[str, Any] = item.get("spec") or {}
    if item["kind"] == "Service" and not is_headless(item):
        for field in CHOSEN:
            spec.pop(field, None)
    return item


def _lines(item: Object) -> list[str]:
    text = yaml.dump(item, Dumper=_Words, default_flow_style=False, allow_unicode=True, width=4096)
    return text.splitlines(keepends=True)


def coloured(text: str) -> str:
    """Return a difference with the colours that terminals show for one."""
    return "".join(_colour(line) for line in text.splitlines(keepends=True))


def _colour(line: str) -> str:
    code = next((code for start, code in COLOURS.items() if line.startswith(start)), "")
    return f"{code}{line.rstrip()}{PLAIN}\n" if code else line
