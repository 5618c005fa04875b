"""One pod's log as a stream of whole lines, each once, although connections break off.

The API's timestamps tell which lines are new: after a reconnect a log is given again from its beginning, and
lines up to the last one are passed over. A line without its newline is not passed on: either the connection
broke and the line comes again whole, or its writer was killed and it is counted as cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NEWLINE = b"\n"


@dataclass
class Position:
    """How far a log has been read.

    Attributes:
        stamp: The API's timestamp of the last line, or ``""`` before the first.
        same: How many lines with that timestamp were read; several can share one.
        cut: How many lines had no end when their log ended.
        piece: The last of them.
    """

    stamp: str = ""
    same: int = 0
    cut: int = 0
    piece: str = ""

    def new(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines of one stream that were not read before, and move on with each."""
        before, passed = Position(self.stamp, self.same), 0
        for line in lines:
            stamp = line.partition(" ")[0]
            if stamp < before.stamp:
                continue
            if stamp == before.stamp and passed < before.same:
                passed += 1
                continue
            self.same = self.same + 1 if stamp == self.stamp else 1
            self.stamp = stamp
            if self.piece:
                self.cut -= line.startswith(self.piece)  # it was the stream that ended, not the log
                self.piece = ""
            yield line

    def whole(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Yield the lines of a stream that have an end; one that has none when all is said is counted.

        Whoever breaks off between two chunks loses the piece and has to read the log again.
        """
        rest = b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(NEWLINE)
            for line in lines:
                yield line.decode("utf-8", "replace")
        if rest:
            known, self.piece = self.piece, rest.decode("utf-8", "replace")
            self.cut += not (known and self.piece.startswith(known))  # the same piece again is one
