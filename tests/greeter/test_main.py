"""The entry point: one command of three, and nothing imported for the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.greeter.conftest import Run

WATCHED = "('grpc', 'dnslib', 'aiohttp', 'kubernetes', 'matplotlib', 'pandas')"


@pytest.mark.parametrize("arguments", [(), ("serve",), ("server", "--port", "1"), ("client",), ("resolve",)])
def test_wrong_usage_ends_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m greeter")


@pytest.mark.parametrize("command", ["server", "client", "resolve"])
def test_each_command_explains_itself(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: python -m greeter {command}")


def loaded(module: str) -> str:
    script = f"import sys, {module}; print(*[name for name in {WATCHED} if name in sys.modules])"
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("module", "modules"),
    [
        ("greeter.__main__", ""),
        ("greeter.server", "grpc"),
        ("greeter.client", "grpc"),
        ("greeter.resolve", ""),
    ],
)
def test_a_command_loads_no_more_than_it_needs(module: str, modules: str) -> None:
    assert loaded(module) == modules
