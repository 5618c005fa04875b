"""The image holds what the greeter imports, pinned, and runs as nobody."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from greeter.generate import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^FROM \S+ AS ", DOCKERFILE, flags=re.MULTILINE)[1:]


def stage(name: str) -> str:
    return next(text for text in STAGES if text.startswith(f"{name}\n"))


def installed() -> set[str]:
    """The distributions that the greeter's environment is made of."""
    lines = re.search(r"-c constraints\.txt \\\n(.*)", stage("build"))
    assert lines
    return set(lines[1].split())


def imported() -> set[str]:
    """The distributions that the greeter imports, but for its code generator."""
    modules = set()
    for path in (ROOT / "greeter").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module)
    roots = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names) - {"greeter"}
    owners = packages_distributions()
    return {"protobuf" if root == "google" else owners[root][0] for root in roots}


def test_it_installs_what_is_imported() -> None:
    assert installed() == imported()


@pytest.mark.parametrize("name", sorted(installed()))
def test_each_version_is_pinned(name: str) -> None:
    assert re.search(rf"^{name}==", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE)


def test_without_a_target_the_greeter_is_built() -> None:
    last = STAGES[-1]
    assert last.startswith("greeter\n")
    assert 'ENTRYPOINT ["python", "-m", "greeter"]' in last


@pytest.mark.parametrize("name", ["greeter", "lab"])
def test_its_user_is_not_root_and_a_number(name: str) -> None:
    user = re.search(r"^USER (\d+):\d+$", stage(name), flags=re.MULTILINE)
    assert user
    assert int(user[1]) > 0
