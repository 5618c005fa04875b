"""Growing delays."""

from dataclasses import dataclass


@dataclass(slots=True)
class BackOff:
    """Delays that double from call to call.

    Args:
        first: the first delay that is not zero.
        longest: none is longer.
        settled: after so many seconds without trouble it begins again.
        delay: the next delay; a container's first restart comes at once.
    """

    first: float
    longest: float
    settled: float
    delay: float = 0.0

    def next(self, quiet: float = 0.0) -> float:
        """The delay now, after so many seconds without trouble."""
        if quiet >= self.settled:
            self.delay = 0.0
        now = self.delay
        self.delay = min(max(2 * now, self.first), self.longest)
        return now
