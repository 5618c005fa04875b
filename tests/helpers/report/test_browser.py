"""The pages in a real browser: widths, folding and the switch. Skipped where no Chromium is installed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.report.site import write_report
from tests.helpers import browser
from tests.helpers.report.test_site import FACTS, OUTCOMES, RESULTS

pytestmark = browser.needed
# A headless window is never narrower than 500 pixels; a frame can be.
PROBE = """<body><pre id="out"></pre><script>
addEventListener("load", async () => {
  const seen = {};
  for (const name of %s) for (const width of [400, 1280]) {
    const frame = document.createElement("iframe");
    frame.style = `width: ${width}px; height: 800px`;
    const ready = new Promise((resolve) => { frame.onload = resolve; });
    frame.src = name;
    document.body.append(frame);
    await ready;
    const page = frame.contentDocument, box = page.getElementById("show-code");
    const open = () => page.querySelectorAll("details.code[open]").length;
    const folded = open();
    if (box) box.click();
    seen[`${name} ${width}`] = {
      over: page.documentElement.scrollWidth - page.documentElement.clientWidth,
      cells: page.querySelectorAll("details.code").length, folded, shown: open(),
      contents: page.querySelector("nav.contents > details")?.open ?? null,
    };
    if (box) box.click();
    frame.remove();
  }
  document.getElementById("out").textContent = JSON.stringify(seen);
});
</script></body>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pages")
    write_report(folder, OUTCOMES, RESULTS, FACTS, notebooks=folder)
    names = sorted(path.name for path in folder.glob("*.html"))
    probe = folder / "probe.html"
    probe.write_text(PROBE % json.dumps(names))
    told: dict[str, Any] = browser.ask(
        probe, tmp_path_factory.mktemp("profile"), "--allow-file-access-from-files"
    )
    return told


def test_no_page_scrolls_sideways(seen: dict[str, Any]) -> None:
    assert len(seen) == 8
    assert {name: page["over"] for name, page in seen.items() if page["over"] > 0} == {}


def test_code_is_folded_and_the_switch_shows_it(seen: dict[str, Any]) -> None:
    page = seen["02-headless.html 1280"]
    assert (page["cells"], page["folded"], page["shown"]) == (2, 0, 2)


def test_contents_are_closed_on_a_phone_only(seen: dict[str, Any]) -> None:
    assert seen["00-setup.html 400"]["contents"] is False
    assert seen["00-setup.html 1280"]["contents"] is True
