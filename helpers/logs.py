"""The clients' logs as a table: one row per greeting.

A greeting is one RPC and its answer, one line of a client's log (00-setup, section 0.5):

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world
    2019/11/08 14:24:36 Error: UNAVAILABLE: <details>

Lines of any other form are no greetings and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from helpers.loglines import Lines, Places

COLUMNS = ("time", "variant", "client", "server", "ok", "code", "message")
OK = "OK"
GREETING = re.compile(r'Greeting: "([^"]*)" says: (.*)')
ERROR = re.compile(r"Error: ([A-Z_]+): ?(.*)")


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
    lines = Lines(text)
    which, tails = lines.tails()
    meanings = pd.DataFrame([_meaning(tail) for tail in tails], columns=MEANING)
    times = lines.times()
    good = meanings["code"].notna().to_numpy(dtype=bool)[which] & times.notna().to_numpy()
    if not good.all():
        times, which = times[good], which[good]
    return _frame(times, which, meanings, variant=variant, client=client, pods=pods)


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
