"""kubectl as a program, with everything it writes and the code it exits with."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.patience import PATIENCE

EDITOR = "sed -i s/one/two/"


@dataclass(frozen=True)
class Kubectl:
    """kubectl with a kubeconfig."""

    kubeconfig: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings."""
        home = str(self.kubeconfig.parent)
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "KUBECONFIG": str(self.kubeconfig),
            "EDITOR": EDITOR,
        }

    def __call__(self, line: str, *more: str, code: int = 0, stdin: str = "") -> str:
        """Run a command line and `more` words, which may have spaces; what it writes, errors at the end."""
        done = self.run([*line.split(), *more], stdin)
        assert done.returncode == code, f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run(self, words: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command whatever comes of it."""
        return subprocess.run(  # noqa: S603 - the words of a test
            ["kubectl", *words],  # noqa: S607 - the one on PATH is meant
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def json(self, line: str) -> Any:
        """What a command says with `-o json`."""
        return json.loads(self.run([*line.split(), "-o", "json"]).stdout)

    def table(self, line: str) -> tuple[list[str], list[list[str]]]:
        """The header and the rows of a table; columns are two spaces apart."""
        header, *rows = (re.split(r"\s{2,}", row.strip()) for row in self(line).splitlines())
        return header, rows

    @contextmanager
    def running(self, line: str) -> Iterator["Running"]:
        """A command that goes on by itself, ended at the end."""
        with subprocess.Popen(  # noqa: S603 - the words of a test
            ["kubectl", *line.split()],  # noqa: S607 - the one on PATH is meant
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            try:
                assert process.stdout is not None
                yield Running(process.stdout)
            finally:
                timer.cancel()
                process.kill()

    @contextmanager
    def terminal(self, line: str, *more: str) -> Iterator["Typed"]:
        """A command in a terminal, ended at the end."""
        ours, theirs = os.openpty()
        argv = ["kubectl", *line.split(), *more]
        with subprocess.Popen(  # noqa: S603 - the words of a test
            argv, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        ) as process:
            os.close(theirs)
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            try:
                yield Typed(process, ours)
            finally:
                timer.cancel()
                process.kill()
                os.close(ours)


@dataclass(frozen=True)
class Typed:
    """A command in a terminal."""

    process: subprocess.Popen[bytes]
    descriptor: int

    def write(self, text: str) -> None:
        """Type something."""
        os.write(self.descriptor, text.encode())

    def until(self, text: str) -> str:
        """What it shows, up to a text and the rest of what came with it."""
        shown = b""
        while text.encode() not in shown:
            shown += os.read(self.descriptor, 1000)  # OSError: it has ended
        return shown.decode()

    def ended(self) -> int:
        """The exit code."""
        return self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Running:
    """The output of a command that goes on."""

    output: IO[str]

    def until(self, text: str) -> list[str]:
        """The lines up to the one with a text; fails when the output ends before."""
        lines: list[str] = []
        for line in self.output:
            lines.append(line.rstrip("\n"))
            if text in line:
                return lines
        raise AssertionError(f"no {text!r} in {lines}")
