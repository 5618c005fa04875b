"""The lines of a client's log as arrays: where each begins, when it was written, what it says.

A log is millions of lines of which few differ after their clock, so nothing here looks at one line at a time.
Eight bytes are read at once, from wherever they begin, as one number; what is equal is then found among
numbers instead of texts.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pandas as pd

# `2019/11/08 14:24:35 `: what the client writes before its words.
OWN_CLOCK = "%Y/%m/%d %H:%M:%S"
CLOCK = 20
# `2019-11-08T14:24:35.123456789Z `: what the API writes before a line (the kubelet's RFC3339NanoFixed).
STAMP = 31
SECONDS = 19
FORM = np.frombuffer(b"\0\0\0\0-\0\0-\0\0T\0\0:\0\0:\0\0", dtype=np.uint8)
NEWLINE, SPACE, SLASH, POINT, ZULU = b"\n /.Z"

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Words = np.ndarray[Any, np.dtype[np.uint64]]
Places = np.ndarray[Any, np.dtype[np.intp]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_WORD = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads what differs in a few bits
_HIGH = np.uint64(29)


class Lines:
    """The lines of a log that are long enough to hold the client's clock.

    Args:
        text: The log, with the API's timestamps before each line or without.

    Attributes:
        short: The other lines that are not empty.
    """

    def __init__(self, text: str) -> None:
        data = text.encode()
        # A word may be read at the very last byte.
        self._content: Bytes = np.frombuffer(data + bytes(STAMP + _WORD), dtype=np.uint8)
        self._words: Words = np.ndarray(
            (len(self._content) - _WORD + 1,), np.dtype("<u8"), self._content.data, strides=(1,)
        )
        self._data = data
        ends = np.append(np.flatnonzero(self._content[: len(data)] == NEWLINE), len(data))
        starts = np.append(0, ends[:-1] + 1)
        enough = ends - starts > CLOCK
        brief = (ends > starts) & ~enough
        self.short = self._between(starts[brief], ends[brief])
        self._starts, self._ends = starts[enough], ends[enough]
        self._is_stamped = self._stamped()
        self._widths = np.where(self._is_stamped, STAMP, self._other_widths())

    def __len__(self) -> int:
        return len(self._starts)

    def tails(self) -> tuple[Places, list[str]]:
        """What stands after the clocks: the number of each line's text, and the texts."""
        begins = np.minimum(self._starts + self._widths + CLOCK, self._ends)
        lengths = self._ends - begins
        # 64 bits of hash: two different texts among a million share one once in 40 million logs.
        keys = _mixed(lengths.astype(np.uint64))
        for offset in range(0, int(lengths.max(initial=0)), _WORD):
            rows = np.flatnonzero(lengths > offset) if offset else np.arange(len(lengths))
            words = self._at(begins[rows] + offset) & _first(lengths[rows] - offset)
            keys[rows] = _mixed(keys[rows] ^ words)
        which, distinct = pd.factorize(keys)
        firsts = _firsts(which, len(distinct))
        # A line that is no greeting may be cut in the middle of a letter.
        return which, self._between(begins[firsts], self._ends[firsts])

    def whole(self, rows: Mask) -> list[str]:
        """The text of some lines."""
        return self._between(self._starts[rows], self._ends[rows])

    def times(self) -> pd.Series[pd.Timestamp]:
        """The API's time of each line, or the client's own where there is no other; NaT for none."""
        moments = np.full(len(self), np.datetime64("NaT", "ns"))
        rest = ~self._is_stamped
        moments[self._is_stamped] = self._stamps(self._starts[self._is_stamped])
        for rows, lengths, form in (
            (rest & (self._widths > 0), self._widths - 1, "ISO8601"),
            (rest & (self._widths == 0), np.full(len(self), CLOCK - 1), OWN_CLOCK),
        ):
            if rows.any():
                moments[rows] = _parsed(self._texts(self._starts[rows], lengths[rows]), form)
        times: pd.Series[pd.Timestamp] = pd.Series(moments).dt.tz_localize("UTC")
        return times

    def _stamped(self) -> Mask:
        """Which lines begin with a stamp of the API's usual form."""
        marks = ((SECONDS, POINT), (STAMP - 2, ZULU), (STAMP - 1, SPACE))
        found: Mask = self._ends - self._starts > STAMP + CLOCK
        for offset, mark in marks:
            found &= self._content[self._starts + offset] == mark
        # Nine digits are two words of eight that overlap.
        for offset in (SECONDS + 1, SECONDS + 2):
            found &= _all_digits(self._at(self._starts + offset))
        return found

    def _other_widths(self) -> Places:
        """The width of any other stamp: up to the first space, unless it is the client's own clock."""
        # `2019/11/08` is the client's own date, `2019-11-08` begins the API's stamp.
        widths = np.zeros(len(self), dtype=np.intp)
        if self._is_stamped.all():
            return widths
        rows = ~self._is_stamped & (self._content[self._starts + 4] != SLASH)
        if rows.any():
            spaces = np.append(np.flatnonzero(self._content[: len(self._data)] == SPACE), len(self._data))
            widths[rows] = spaces[np.searchsorted(spaces, self._starts[rows])] + 1 - self._starts[rows]
        return widths

    def _stamps(self, starts: Places) -> Any:
        """The moments of stamps of the usual form; those of the same second are read once."""
        keys = _mixed(self._at(starts))
        for offset in (_WORD, SECONDS - _WORD):
            keys = _mixed(keys ^ self._at(starts + offset))
        which, distinct = pd.factorize(keys)
        firsts = starts[_firsts(which, len(distinct))]
        seconds = self._seconds(firsts)
        last = self._content[starts + SECONDS + 1 + _WORD].astype(np.int64) - ord("0")
        fractions = _number(self._at(starts + SECONDS + 1)).astype(np.int64) * 10 + last
        return seconds[which] + fractions.astype("timedelta64[ns]")

    def _seconds(self, starts: Places) -> Any:
        """The moments that 19 letters write; NaT where they write none."""
        letters = self._content[starts[:, np.newaxis] + np.arange(SECONDS)]
        # NumPy's own reading takes other forms too, but not those of a day that does not exist.
        if np.array_equal(
            np.where(letters - ord("0") < 10, 0, letters), np.broadcast_to(FORM, letters.shape)
        ):
            with contextlib.suppress(ValueError):
                return letters.view(f"S{SECONDS}").ravel().astype("datetime64[ns]")
        return _parsed(self._texts(starts, np.full(len(starts), SECONDS)), "ISO8601")

    def _at(self, places: Places) -> Words:
        return self._words[places]

    def _texts(self, begins: Places, lengths: Places) -> list[str]:
        return self._between(begins, begins + lengths)

    def _between(self, begins: Places, ends: Places) -> list[str]:
        places = zip(begins.tolist(), ends.tolist(), strict=True)
        return [self._data[begin:end].decode("utf-8", "replace") for begin, end in places]


def _first(lengths: Places) -> Words:
    """Masks of a word's first bytes, which are its lowest bits."""
    unused = 8 * (_WORD - np.minimum(lengths, _WORD))
    return np.uint64(2**64 - 1) >> unused.astype(np.uint64)


def _mixed(words: Words) -> Words:
    """Other words, one for each, in which a difference in any bit is one in many."""
    product = words * _ODD
    return product ^ (product >> _HIGH)


def _firsts(which: Places, count: int) -> Places:
    """Where each number occurs first."""
    firsts = np.empty(count, dtype=np.intp)
    firsts[which[::-1]] = np.arange(len(which) - 1, -1, -1)
    return firsts


def _all_digits(words: Words) -> Mask:
    """Which words are eight ASCII digits: 0x30 to 0x39, which stay 0x3. when 6 is added."""
    high, digits = np.uint64(0xF0F0F0F0F0F0F0F0), np.uint64(0x3030303030303030)
    more = words + np.uint64(0x0606060606060606)
    return np.asarray(((words & high) == digits) & ((more & high) == digits))


def _number(words: Words) -> Words:
    """The numbers that eight ASCII digits write: neighbours are joined to 2, to 4, to 8 digits."""
    pairs = ((words & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(10 * 2**8 + 1)) >> np.uint64(8)
    fours = ((pairs & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * 2**16 + 1)) >> np.uint64(16)
    return ((fours & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * 2**32 + 1)) >> np.uint64(32)


def _parsed(words: list[str], form: str) -> Any:
    parsed = pd.to_datetime(pd.Series(words, dtype=object), format=form, utc=True, errors="coerce")
    return parsed.dt.tz_localize(None).dt.as_unit("ns").to_numpy()
