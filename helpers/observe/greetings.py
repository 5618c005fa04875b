"""The clients' logs as a table: one row per greeting.

A greeting is one RPC and its answer, one line of a client's log (00-setup, section 0.6):

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world
    2019/11/08 14:24:36 Error: UNAVAILABLE: <details>

Lines of any other form are no greetings: they are left out and counted. Those that begin as a greeting does
and do not end so were cut when their program was killed, or were written in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from helpers.observe.log_lines import Lines, Places

COLUMNS = ("time", "variant", "client", "server", "ok", "code", "message")
OK = "OK"
GREETING = re.compile(r'Greeting: "([^"]*)" says: (.*)')
ERROR = re.compile(r"Error: ([A-Z_]+): ?(.*)")
BEGINNINGS = ("Greeting: ", "Error: ")
# The API's timestamp, which may be there; then the client's own clock, and what it says.
STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\S+(?: |$)")
LINE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (.*)")
CLOCK, DIGIT = "0000/00/00 00:00:00 ", re.compile(r"\d")


def parse_greetings(
    text: str, variant: str = "", client: str = "", *, pods: Sequence[str] = ()
) -> pd.DataFrame:
    """Make a table of a client's log (counted by hand in 01-clusterip, section 1.1).

    Args:
        text: The log, with the API's timestamps before each line or without.
        variant: Goes into the column of that name.
        client: Name of the client's pod; goes into the column of that name.
        pods: Names of pods that could have answered, beside those that did.

    Returns:
        The columns ``time`` (UTC), ``variant``, ``client``, ``server`` (categorical; missing when the
        greeting failed), ``ok``, ``code`` and ``message``, in the order of the log. Without the API's
        timestamps ``time`` is the line's own, to the second. ``attrs["left_out"]`` is the number of lines
        that are no greetings, ``attrs["cut"]`` how many of them are pieces of one.
    """
    # A log is millions of lines of which few differ after their clock: each different end is read once.
    lines = Lines(text)
    which, tails = lines.tails()
    meanings = pd.DataFrame([_meaning(tail) for tail in tails], columns=MEANING)
    times = lines.times()
    good = meanings["code"].notna().to_numpy(dtype=bool)[which] & times.notna().to_numpy()
    others = lines.short
    if not good.all():
        others = others + lines.whole(~good)
        times, which = times[good], which[good]
    frame = _frame(times, which, meanings, variant=variant, client=client, pods=pods)
    frame.attrs = {"left_out": len(others), "cut": sum(map(is_piece, others))}
    return frame


def is_greeting(line: str) -> bool:
    """Whether one line of a log, with the API's timestamp or without, is a greeting."""
    found = LINE.fullmatch(STAMPED.sub("", line, count=1))
    return found is not None and _meaning(found[1])[1] is not None


def is_piece(line: str) -> bool:
    """Whether one line of a log is the beginning of a greeting and no more."""
    said = STAMPED.sub("", line, count=1)
    if found := LINE.fullmatch(said):
        begins = any(found[1].startswith(word) or word.startswith(found[1]) for word in BEGINNINGS)
        return begins and _meaning(found[1])[1] is None
    return bool(said) and CLOCK.startswith(DIGIT.sub("0", said))


MEANING = ("server", "code", "message")


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
