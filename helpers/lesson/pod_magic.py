"""The cell magic ``%%pod``: a cell's code runs in a pod of the lab's namespace, where a client would run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from IPython.core.error import UsageError
from IPython.core.getipython import get_ipython
from IPython.core.magic_arguments import MagicArgumentParser

from helpers.lab.errors import LabError
from helpers.lab.lab import current
from helpers.lab.objects import name_of
from helpers.observe.pods import follow_to_end, python_pod

SECONDS = 120.0
# A traceback begins with the first, the report of a syntax error with the second.
BEGINNINGS = ("Traceback (most recent call last):", '  File "<string>", line ')
FRAME = re.compile(r'  File "<string>", line (\d+)(.*)')
# How lines after the exception's own begin that still belong to it: a message of several lines (gRPC's has
# tabs and a ">"), or another traceback.
GOES_ON = (" ", "\t", ">", "The above exception", "During handling", *BEGINNINGS)


class PodError(LabError):
    """The code of a ``%%pod`` cell ended with an exception or a status; shown as the pod's own traceback."""

    def __init__(self, sentence: str, traceback: list[str]) -> None:
        super().__init__(sentence)
        self.traceback = traceback

    def _render_traceback_(self) -> list[str]:
        return [*self.traceback, str(self)]


class Output:
    """What a cell's program writes: printed as it comes, but for a traceback that it ends with.

    Attributes:
        printed: The lines that were printed.
        traceback: The lines that were kept.
    """

    def __init__(self, source: str) -> None:
        self.source = source.splitlines()
        self.printed: list[str] = []
        self.traceback: list[str] = []

    def take(self, line: str) -> None:
        """Print a line, or keep it if it may belong to a traceback that the program ends with."""
        if self.traceback and not self._goes_on(line):
            self.give_up_traceback()
        if self.traceback or line.startswith(BEGINNINGS):
            self.traceback += self._with_source(line)
        else:
            self._print(line)

    def give_up_traceback(self) -> None:
        """Print what was kept: the program went on, so it was no end."""
        for line in self.traceback:
            self._print(line)
        self.traceback = []

    def text(self) -> str:
        """Return all that was printed."""
        return "".join(f"{line}\n" for line in self.printed)

    def _print(self, line: str) -> None:
        self.printed.append(line)
        print(line, flush=True)  # noqa: T201 - the cell's output

    def _goes_on(self, line: str) -> bool:
        """Whether a line may belong to the traceback so far, whose first line without indent is its last."""
        if line == "" or line.startswith(GOES_ON):
            return True
        return all(kept.startswith((" ", "Traceback")) or not kept for kept in self._last_part())

    def _last_part(self) -> list[str]:
        begins = [place for place, kept in enumerate(self.traceback) if kept.startswith("Traceback")]
        return self.traceback[begins[-1] if begins else 0 :]

    def _with_source(self, line: str) -> list[str]:
        """Return a line of a traceback, with the reader's own line below the frame that names it.

        Python before 3.13 does not know the source of ``python -c``. The cell's first line is the magic.
        """
        frame = FRAME.fullmatch(line)
        if frame is None:
            return [] if self.traceback and line == self.traceback[-1] else [line]
        number = int(frame[1])
        code = self.source[number - 1].strip() if 0 < number <= len(self.source) else ""
        return [f"  Cell, line {number + 1}{frame[2]}", *([f"    {code}"] if code else [])]


def _parser() -> MagicArgumentParser:
    parser = MagicArgumentParser("%%pod")  # type: ignore[no-untyped-call]
    parser.add_argument("--name", help="the pod's name; one that is not taken by default")
    parser.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]", help="a variable")
    parser.add_argument("--to", metavar="VARIABLE", help="a variable of the notebook that gets the output")
    parser.add_argument("--show", action="store_true", help="print the pod as YAML, and do not run it")
    parser.add_argument("--timeout", type=float, default=SECONDS, help="seconds until it must have ended")
    return parser


def install() -> None:
    """Make ``%%pod`` known to the kernel that this runs in; does nothing outside of one."""
    shell: Any = get_ipython()
    if shell is not None:
        shell.register_magic_function(pod, magic_kind="cell")


def pod(line: str, cell: str) -> None:
    """Run the cell's code with the greeter image's Python in a pod, show its output, and remove the pod.

    Options: ``--name NAME`` of the pod, ``--env NAME=VALUE`` (again for more; ``--env NAME`` passes on the
    notebook's variable of that name), ``--to VARIABLE`` of the notebook that gets the output, ``--timeout
    SECONDS`` until the program must have ended (120), ``--show`` to print the pod as YAML instead.

    Raises:
        PodError: The program ended with an exception or a status other than 0.
        LabError: No lab is connected, or the pod could not run to its end.
    """
    options: Any = _parser().parse_argstring(line)  # type: ignore[no-untyped-call]
    shell = get_ipython()
    lab = current()
    if lab is None:
        raise LabError(
            "No lab is connected, so this cell has no cluster to run in. Run lab = helpers.connect() first."
        )
    known = shell.user_ns if shell is not None else {}
    made = python_pod(lab, cell, dict(_variables(options.env, known)), options.name)
    if options.show:
        print(yaml.safe_dump(made, sort_keys=False))  # noqa: T201 - the cell's output
        return
    output = Output(cell)
    try:
        status = follow_to_end(lab, made, output.take, timeout=options.timeout)
    finally:
        if options.to and shell is not None:
            shell.user_ns[options.to] = output.text()
    if status:
        sentence = f"The program in pod {name_of(made)} ended with exit status {status}."
        raise PodError(sentence, output.traceback)
    output.give_up_traceback()


def _variables(pairs: Iterable[str], known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name:
            raise UsageError(f"%%pod: --env takes NAME or NAME=VALUE, not {pair!r}")
        if not equals and not isinstance(known.get(name), str):
            raise UsageError(
                f"%%pod: --env {name} passes on a variable of the notebook that holds a text, and "
                f'there is none of that name; {name} = "..." makes it.'
            )
        yield name, value if equals else str(known[name])
