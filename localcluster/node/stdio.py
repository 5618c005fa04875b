"""The standard streams of a program: pipes or a terminal, and what the node keeps of them."""

import asyncio
import os
import termios

STDOUT, STDERR = 1, 2
CHUNK = 64 << 10


class Stdio:
    """What a program gets as its standard streams, and our ends of it.

    Args:
        stdin: whether somebody will write to it; else its input is empty.
        tty: a terminal in place of pipes.
        apart: whether standard error has a pipe of its own; in one pipe the lines keep their order.

    Attributes:
        given: what the program gets as its three streams.
        outputs: our ends of its output, by stream.
    """

    def __init__(self, *, stdin: bool = False, tty: bool = False, apart: bool = False) -> None:
        self.tty = tty
        self.given: list[int] = [asyncio.subprocess.DEVNULL] * 3
        self.outputs: dict[int, int] = {}
        self._input: int | None = None
        if tty:
            ours, theirs = os.openpty()
            self.given = [theirs] * 3
            self.outputs[STDOUT] = ours
            self._input = ours if stdin else None
        else:
            self._open_pipes(stdin=stdin, apart=apart)
        for descriptor in self.outputs.values():
            os.set_blocking(descriptor, False)

    def _open_pipes(self, *, stdin: bool, apart: bool) -> None:
        for stream in (STDOUT, STDERR) if apart else (STDOUT,):
            self.outputs[stream], self.given[stream] = os.pipe()
        if not apart:
            self.given[STDERR] = self.given[STDOUT]
        if stdin:
            self.given[0], self._input = os.pipe()
            os.set_blocking(self._input, False)

    def hand_over(self) -> None:
        """Close what the program has by now."""
        for descriptor in {one for one in self.given if one >= 0}:
            os.close(descriptor)

    def close(self) -> None:
        """Close our ends; a second call does nothing."""
        self.close_input()
        for descriptor in self.outputs.values():
            os.close(descriptor)
        self.outputs = {}

    def close_input(self) -> None:
        """Let the program read the end of its input; a terminal has none."""
        if self._input is not None and not self.tty:
            os.close(self._input)
        self._input = None

    def resize(self, width: int, height: int) -> None:
        """Tell a terminal its size; the program gets ``SIGWINCH``."""
        if self.tty and self.outputs:
            termios.tcsetwinsize(self.outputs[STDOUT], (height, width))

    async def write(self, data: bytes) -> None:
        """Write to the program's input; what nobody reads any more is lost."""
        while data and self._input is not None:
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                await _writable(self._input)
            except OSError:
                self.close_input()


def read(descriptor: int) -> bytes:
    """Read what there is; nothing at the end, also of a terminal that nobody holds any more (``EIO``).

    Raises:
        BlockingIOError: there is nothing now.
    """
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        raise
    except OSError:
        return b""


async def _writable(descriptor: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(descriptor)
