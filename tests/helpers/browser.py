"""A headless Chromium that opens a page and tells what the page's own script found out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needed = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def ask(page: Path, profile: Path, *options: str) -> Any:
    """Open a page and return the JSON that its script wrote into ``<pre id="out">``.

    Args:
        page: The file.
        profile: An empty folder.
        options: More of Chromium's options.
    """
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *QUIET]
    ended = subprocess.run(  # noqa: S603 - a browser found on PATH
        [
            *command,
            *options,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=30000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    found = re.search(r'<pre id="out">(.*?)</pre>', ended.stdout, re.DOTALL)
    assert found, ended.stderr
    return json.loads(unescape(found[1]))
