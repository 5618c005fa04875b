"""The pages in a real browser. The pages of a real run are opened in ``tests/notebooks``."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from helpers.report.findings import Results
from helpers.report.runner import Outcome
from helpers.report.site import write_report
from tests.helpers import browser
from tests.helpers.report.conftest import code, notebook, output, prose
from tests.helpers.report.test_site import BOTH, FACTS, MEASURES, RESULTS

pytestmark = browser.needed


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    write_report(folder, BOTH, Results(RESULTS.findings, {}, MEASURES), FACTS, notebooks=folder)
    return {path.stem: path for path in folder.glob("*.html")}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as started:
        yield started


def test_nothing_is_wrong_with_any_page(pages: dict[str, Path], chromium: Browser) -> None:
    assert len(pages) == 6
    assert browser.complaints(chromium, pages.values()) == []


BAD = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main><h1>t</h1>
<p style="width: 900px; color: #999; background: #aaa">faint</p><img src="http://127.0.0.1:9/x.png">
<script>setTimeout(() => { throw new Error("lost"); }); console.error("said");</script></main></body>
</html>"""


def test_what_is_wrong_is_found(tmp_path: Path, chromium: Browser) -> None:
    (tmp_path / "bad.html").write_text(BAD)
    found = "\n".join(browser.complaints(chromium, [tmp_path / "bad.html"]))
    for part in (
        "sideways at 400", "wider than a sheet", "image-alt", "color-contrast", "lost", "error: said",
        "asks for http://127.0.0.1:9/x.png",
    ):  # fmt: skip
        assert part in found


def test_code_is_folded_and_the_switch_shows_it(pages: dict[str, Path], chromium: Browser) -> None:
    with browser.opened(chromium, pages["02-headless"].as_uri()) as (page, _):
        assert page.locator("details.code").count() == 2
        assert page.locator("details.code[open]").count() == 0
        page.get_by_label("Show code").check()
        assert page.locator("details.code[open]").count() == 2


LONG = "2026-11-28T10:00:00.000000001Z " + "Greeting: demo-7f9c6b5d84-x2x8p says: Hello world " * 4


@pytest.mark.parametrize("width", [browser.PHONE, browser.DESK])
def test_a_long_line_wraps_and_a_wide_table_scrolls(tmp_path: Path, chromium: Browser, width: int) -> None:
    row = "".join(f"<td>{'x' * 30}</td>" for _ in range(9))
    outputs = [
        output("stream", name="stdout", text=LONG),
        output("display_data", data={"text/html": f"<table><tr>{row}</tr></table>", "text/plain": ""}),
    ]
    made = Outcome(
        "01-long", notebook(prose("# Long"), code(f"%%pod\nlong = {LONG!r}", outputs=outputs)), 1.0
    )
    write_report(tmp_path, [made], Results(), [], notebooks=tmp_path)
    cut = "parts => parts.map(part => part.scrollWidth > part.clientWidth + 1)"
    with browser.opened(chromium, (tmp_path / "01-long.html").as_uri(), width=width) as (page, _):
        assert page.locator("pre").evaluate_all(cut) == [False, False]
        assert page.locator(".scroll").evaluate_all(cut) == [True]
        ground = page.locator(".scroll").evaluate("part => getComputedStyle(part).backgroundAttachment")
    assert ground == "local, local, scroll, scroll"


def test_contents_are_closed_on_a_phone_only(pages: dict[str, Path], chromium: Browser) -> None:
    for width, shown in ((browser.PHONE, False), (browser.DESK, True)):
        with browser.opened(chromium, pages["00-setup"].as_uri(), width=width) as (page, _):
            assert page.locator("nav.contents ol").is_visible() is shown


def test_a_reader_goes_from_the_overview_through_all_pages_and_back(
    pages: dict[str, Path], chromium: Browser
) -> None:
    with browser.opened(chromium, pages["index"].as_uri()) as (page, _):
        page.locator("ul.lessons a").first.click()
        visited = [Path(page.url).stem]
        while page.locator("header a[rel=next]").count():
            page.locator("header a[rel=next]").click()
            visited.append(Path(page.url).stem)
        assert visited == [outcome.name for outcome in BOTH]
        page.locator("header").get_by_role("link", name="Overview").click()
        assert Path(page.url).stem == "index"


def test_dark_is_dark_and_light_is_light(pages: dict[str, Path], chromium: Browser) -> None:
    grounds = {}
    for scheme in browser.SCHEMES:
        with browser.opened(chromium, pages["index"].as_uri(), scheme=scheme) as (page, _):
            grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}


def test_paper_has_the_code_and_no_buttons(pages: dict[str, Path], chromium: Browser) -> None:
    with browser.opened(chromium, pages["02-headless"].as_uri(), scheme="dark") as (page, _):
        printed = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages[0].extract_text()
        # Afterwards the page is as it was.
        assert page.locator("details.code[open]").count() == 0
    lines = printed.splitlines()
    assert {"z", "w"} <= {line.strip() for line in lines}
    assert "Show code" not in printed
    assert "Overview" not in printed
