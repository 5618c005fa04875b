"""A headless Chromium, driven by Playwright, and everything that no page may have in it.

The browser is the system's: nothing is downloaded. Where ``BROWSER_TESTS`` is ``required``, as ``.ci/run``
sets it once a Chromium is there, a test that finds none fails; elsewhere it is skipped and says why.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from tests.patience import PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
needed = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on PATH")

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PHONE, DESK = 400, 1280
# Whatever a browser does by itself stays off: a test counts what is asked for.
OPTIONS = [
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
# https://www.w3.org/TR/WCAG21/, levels A and AA, as axe-core names its rules.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Everything that is folded, so that it is looked at too.
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@dataclass
class Seen:
    """What happened while a page was open: complaints of its scripts, and requests that left it."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start a Chromium and end it."""
    assert CHROMIUM is not None, f"BROWSER_TESTS=required, and none of {', '.join(NAMES)} is on PATH"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=OPTIONS, chromium_sandbox=False, timeout=PATIENCE * 1000
            )
            try:
                yield browser
            finally:
                browser.close()
    finally:
        # What is left of a Playwright that did not start must not end while pytest parses the failed test:
        # CPython 3.11 then says "AST constructor recursion depth mismatch", and the whole run is over.
        gc.collect()


@contextlib.contextmanager
def opened(
    browser: Browser, address: str, *, width: int = DESK, height: int = 800, scheme: Scheme = "light"
) -> Iterator[tuple[Page, Seen]]:
    """Open a page in a profile of its own; whatever it asks of another host is noted and refused."""
    seen, host = Seen(), urlsplit(address).netloc
    with browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        context.set_default_timeout(PATIENCE * 1000)
        context.route(lambda url: urlsplit(url).netloc != host, lambda route: _refuse(route, seen))
        page = context.new_page()
        page.on("console", lambda message: _note(message, seen))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("request", lambda request: _leaves(request, address, seen))
        page.goto(address)
        yield page, seen


def _refuse(route: Route, seen: Seen) -> None:
    seen.outside.append(route.request.url)
    route.abort()


def _note(message: ConsoleMessage, seen: Seen) -> None:
    if message.type in {"error", "warning"}:
        seen.errors.append(f"{message.type}: {message.text}")


def _leaves(request: Request, address: str, seen: Seen) -> None:
    """A page that is a file may ask for nothing at all, not even for the file beside it."""
    if (
        urlsplit(address).scheme == "file"
        and not request.url.startswith("data:")
        and not request.is_navigation_request()
    ):
        seen.outside.append(request.url)


def sideways(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate(OVER))


def barriers(page: Page, options: Mapping[str, list[str]] = WCAG) -> list[str]:
    """Return what axe-core finds against WCAG 2.1 AA: rule, what it means, the first elements it is about."""
    found = Axe().run(page, options=dict(options)).response["violations"]
    return [
        f"{one['id']} ({one['help']}): " + "; ".join(_where(node) for node in one["nodes"][:3])
        for one in found
    ]


def _where(node: dict[str, list[dict[str, str]] | str]) -> str:
    told = [
        check["message"] for key in ("any", "all", "none") for check in node[key] if isinstance(check, dict)
    ]
    return f"{str(node['html'])[:110]} {' '.join(told)[:160]}"


def complaints(browser: Browser, paths: Iterable[Path]) -> list[str]:
    """Open pages as phone and desk would, in light and in dark; return all that is wrong, one per line."""
    return [line for path in paths for line in _complaints(browser, path)]


def _complaints(browser: Browser, path: Path) -> list[str]:
    found = []
    with opened(browser, path.as_uri(), width=PHONE) as (page, seen):
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 800})
            for unfolded in (False, True):
                if unfolded:
                    page.evaluate(UNFOLD)
                if sideways(page) > 0:
                    found.append(f"scrolls sideways at {width} pixels, {'un' * unfolded}folded")
        found += barriers(page)
        # A scheme changes colours and nothing else.
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {line}" for line in barriers(page, CONTRAST)]
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
        if sideways(page) > 0:
            found.append("is wider than a sheet of paper")
        found += seen.errors + [f"asks for {address[:100]}" for address in seen.outside]
    return [f"{path.name}: {line}" for line in found]
