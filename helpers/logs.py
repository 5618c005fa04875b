"""The clients' logs as a table: one row per greeting.

A greeting is one RPC and its answer, one line of a client's log (00-setup, section 0.5):

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world
    2019/11/08 14:24:36 Error: UNAVAILABLE: <details>

Lines of any other form are no greetings and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ("time", "variant", "client", "server", "ok", "code", "message")
OK = "OK"
GREETING = re.compile(r'Greeting: "([^"]*)" says: (.*)')
ERROR = re.compile(r"Error: ([A-Z_]+): ?(.*)")
# `2019/11/08 14:24:35 `: what the client writes before its words.
OWN_CLOCK = "%Y/%m/%d %H:%M:%S"
CLOCK = 20
NEWLINE, SPACE, SLASH = b"\n"[0], b" "[0], b"/"[0]

Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.intp]]


def parse_greetings(
    text: str, variant: str = "", client: str = "", *, pods: Sequence[str] = ()
) -> pd.DataFrame:
    """Make a table of a client's log (built by hand in 01-clusterip, section 1.3).

    Args:
        text: The log, with the API's timestamps before each line or without.
        variant: Goes into the column of that name.
        client: Name of the client's pod; goes into the column of that name.
        pods: Names of pods that could have answered, beside those that did.

    Returns:
        The columns ``time`` (UTC), ``variant``, ``client``, ``server`` (categorical; missing when the
        greeting failed), ``ok``, ``code`` and ``message``, in the order of the log. Without the API's
        timestamps ``time`` is the line's own, to the second.
    """
    # A log is millions of lines of which few differ after their clock: each different end is read once.
    data = text.encode()
    starts, ends, widths = _lines(np.frombuffer(data, dtype=np.uint8))
    # One character per byte, so that places in the bytes are places in this text too.
    letters = data.decode("latin-1")
    tails = _slices(letters, starts + widths + CLOCK, ends)
    which, distinct = pd.factorize(np.array(tails, dtype=object))
    # A line that is no greeting may be cut in the middle of a letter.
    words = [tail.encode("latin-1").decode("utf-8", "replace") for tail in distinct]
    meanings = pd.DataFrame([_meaning(tail) for tail in words], columns=MEANING)
    times = _times(letters, starts, widths)
    good = meanings["code"].notna().to_numpy(dtype=bool)[which] & times.notna().to_numpy()
    return _frame(times[good], which[good], meanings, variant=variant, client=client, pods=pods)


MEANING = ("server", "code", "message")


def _lines(content: Bytes) -> tuple[Places, Places, Places]:
    """Return begin and end of each line long enough, and the width of the API's stamp before it."""
    ends = np.append(np.flatnonzero(content == NEWLINE), content.size)
    starts = np.append(0, ends[:-1] + 1)
    enough = ends - starts > CLOCK
    starts, ends = starts[enough], ends[enough]
    # `2019/11/08` is the client's own date, `2019-11-08` begins the API's stamp, which ends at a space.
    plain = content[starts + 4] == SLASH if starts.size else np.zeros(0, dtype=bool)
    spaces = np.append(np.flatnonzero(content == SPACE), content.size)
    widths = spaces[np.searchsorted(spaces, starts)] + 1 - starts
    return starts, ends, np.where(plain, 0, widths)


def _slices(letters: str, begins: Places, ends: Places) -> list[str]:
    return [letters[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


def _times(letters: str, starts: Places, widths: Places) -> pd.Series[pd.Timestamp]:
    """Return the API's time of each line, or the client's own where there is no other."""
    moments = pd.Series(pd.NaT, index=range(len(starts)), dtype="datetime64[ns, UTC]")
    for rows, lengths, form in ((widths > 0, widths - 1, "ISO8601"), (widths == 0, CLOCK - 1, OWN_CLOCK)):
        if rows.any():
            words = _slices(letters, starts[rows], (starts + lengths)[rows])
            moments[rows] = _moments(words, form)
    return moments


def _moments(words: list[str], form: str) -> Any:
    parsed = pd.to_datetime(pd.Series(words, dtype=object), format=form, utc=True, errors="coerce")
    return parsed.dt.as_unit("ns").array


def _meaning(tail: str) -> tuple[str | None, str | None, str | None]:
    """Return server, code and message of what stands after a line's clock; no code if it is no greeting."""
    if found := GREETING.fullmatch(tail):
        return found[1], OK, found[2]
    if found := ERROR.fullmatch(tail):
        return None, found[1], found[2]
    return None, None, None


def _frame(
    times: pd.Series[pd.Timestamp],
    which: Places,
    meanings: pd.DataFrame,
    *,
    variant: str,
    client: str,
    pods: Sequence[str],
) -> pd.DataFrame:
    names = sorted({*meanings["server"].dropna().astype(str), *pods})
    servers = pd.Categorical(meanings["server"], categories=pd.Index(names, dtype="str"))
    codes = meanings["code"].astype("str")
    return pd.DataFrame(
        {
            "time": times.array,
            "variant": pd.Series([variant], dtype="str").repeat(len(which)).array,
            "client": pd.Series([client], dtype="str").repeat(len(which)).array,
            "server": servers.take(which),
            "ok": (codes == OK).to_numpy(dtype=bool)[which],
            "code": codes.array.take(which),
            "message": meanings["message"].astype("str").array.take(which),
        }
    )
