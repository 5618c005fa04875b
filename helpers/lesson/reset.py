"""Bring a lab to the state in which a notebook begins, for a trainer who jumps or starts anew.

Every notebook ends by taking everything away, so it begins with what its own opening deploys and with
nothing else. The opening is its first section; what that deploys is read from the notebook itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from helpers.deploy import manifests
from helpers.deploy.variants import apply, clear, wait_ready
from helpers.lab.errors import LabError, MissingError
from helpers.lab.lab import Lab
from helpers.lab.namespace import ensure_namespace
from helpers.lesson import notebooks


def reset(lab: Lab, notebook: str) -> list[str]:
    """Take away all that the course made in the lab, then deploy what a notebook's opening deploys.

    The namespace and objects of other owners stay. A variant that is about something which the cluster lacks,
    such as an IngressClass, is left out.

    Args:
        lab: Where.
        notebook: Its number or its name: ``"03"``, ``"03-ingress"``, ``"production/01"``.

    Returns:
        The variants that are there now, ready, in the order in which they were deployed.

    Raises:
        LabError: There is no such notebook, something does not go away, or pods do not get ready.
    """
    variants = opening(find_notebook(notebook))
    ensure_namespace(lab)
    clear(lab)
    there = [variant for variant in variants if _applied(lab, variant)]
    for variant in there:
        wait_ready(lab, variant)
    return there


def find_notebook(notebook: str) -> Path:
    """Return the path of a notebook, given its number or its name.

    Raises:
        LabError: There is none, or more than one.
    """
    known = notebooks.notebooks()
    wanted = notebook.strip().removesuffix(".ipynb")
    wanted = wanted.zfill(2) if wanted.isdecimal() else wanted
    found = [name for name in known if name == wanted or name.startswith(f"{wanted}-")]
    if wanted and len(found) == 1:
        return known[found[0]]
    raise LabError(
        f'There is no notebook "{notebook}" in {notebooks.NOTEBOOKS}; it has: {", ".join(known) or "none"}.'
    )


def opening(path: Path) -> list[str]:
    """Return the variants that a notebook's first section deploys, the greeter first."""
    sources = [cell.source for cell in notebooks.code_cells(path) if cell.part <= 1]
    named = dict.fromkeys(name for source in sources for name in _variants(source))
    return sorted(named, key=lambda name: name != "greeter")


def _variants(source: str) -> Iterator[str]:
    """Yield the variants that a cell hands to ``helpers.apply``, by name or from a list of names."""
    known = set(manifests.names())
    for node in ast.walk(ast.Module(notebooks.statements(source), [])):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "helpers.apply":
            given = node.args[1:]
        elif isinstance(node, ast.List):
            given = node.elts
        for value in given:
            if isinstance(value, ast.Constant) and value.value in known:
                yield str(value.value)


def _applied(lab: Lab, variant: str) -> bool:
    """Apply a variant; whether the cluster has what the variant is about."""
    try:
        apply(lab, variant, wait=False)
    except MissingError:
        return False
    return True
