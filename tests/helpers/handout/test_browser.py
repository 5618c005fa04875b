"""The slides in a real browser: each fits, keys turn them, nothing is fetched."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.handout.slides import write_slides
from tests.helpers import browser
from tests.helpers.handout.conftest import chart, said, small
from tests.helpers.report.conftest import code, prose

pytestmark = browser.needed
# Runs in a deck that is laid out: what is where, and what keys do.
PROBE = """() => {
  const slides = Array.from(document.querySelectorAll(".slide"));
  const shown = () => slides.findIndex((slide) => getComputedStyle(slide).visibility === "visible");
  const press = (key, more) => {
    dispatchEvent(new KeyboardEvent("keydown", {key, ...more}));
    return shown();
  };
  const content = slides.map((slide) => slide.querySelector(".content"));
  return {
    slides: slides.length,
    titles: slides.map((slide) => slide.querySelector(".title").textContent),
    high: content.filter((one) => one.scrollHeight > one.clientHeight + 1).length,
    scrolls: document.querySelectorAll(".scrolls").length,
    wide: Array.from(document.querySelectorAll(".content, pre, .scroll")).filter(
      (one) => one.scrollWidth > one.clientWidth + 1).length,
    empty: content.filter((one) => !one.childElementCount).length,
    letters: Math.min(...Array.from(document.querySelectorAll(".content pre"), (pre) =>
      parseFloat(getComputedStyle(pre).fontSize) * (pre.currentCSSZoom ?? 1))),
    keys: [shown(), press("ArrowRight"), press(" "), press(" ", {shiftKey: true}), press("End"),
      press("PageDown"), press("Home"), press("ArrowLeft")],
    charts: slides.map((slide) => slide.querySelectorAll("figure").length),
    pictures: Array.from(document.querySelectorAll("figure img"), (image) => image.clientHeight),
    hash: (press("ArrowRight"), location.hash),
    counted: document.getElementById("count").textContent,
    together: slides.filter((slide) => slide.querySelector("figure")
      && /Predict the share/.test(slide.querySelector(".content").textContent)).length,
  };
}"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("slides")
    lesson = small()
    many = "\n\n".join("words and more words " * 14 for number in range(4))
    wide = "%%pod\nwide = " + " + ".join(["number"] * 40)
    high = "%%pod\n" + "\n".join(f"line_{number} = {number}" for number in range(10))
    lesson.cells += [
        prose(f"## 1.7 Exercise: long\n\n{many}"),
        code(high),
        prose("## 1.8 Wide"),
        code(wide, outputs=[said("long " * 60)]),
        prose(f"## 1.9 A chart below words\n\n**Predict** it. {many[:250]}"),
        code("draw()", outputs=[chart("Below.")]),
        prose(many[:320]),
    ]
    write_slides(folder, {"01-one": lesson}, folder=folder)
    deck = (folder / "01-one.html").as_uri()
    with browser.chromium() as chromium, browser.opened(chromium, deck, height=720) as (page, happened):
        page.wait_for_selector(".slide")
        told: dict[str, Any] = page.evaluate(PROBE)
        return {**told, "errors": happened.errors, "fetched": len(happened.outside)}


def test_no_error_and_nothing_fetched(seen: dict[str, Any]) -> None:
    assert (seen["errors"], seen["fetched"]) == ([], 0)


def test_every_slide_fits_and_can_be_read(seen: dict[str, Any]) -> None:
    assert (seen["high"], seen["wide"], seen["scrolls"], seen["empty"]) == (0, 0, 0, 0)
    assert seen["letters"] >= 9


def test_each_slide_has_its_title_and_one_chart_that_can_be_seen(seen: dict[str, Any]) -> None:
    assert seen["titles"][0] == "1. One: pinned"
    assert seen["titles"][-3:] == [
        "1.8 Wide",
        "1.9 A chart below wordsPredict",
        "1.9 A chart below wordsMeasured",
    ]
    assert max(seen["charts"]) == 1
    assert min(seen["pictures"]) >= 300


def test_the_chart_is_not_beside_the_prediction(seen: dict[str, Any]) -> None:
    assert seen["together"] == 0


def test_keys_turn_the_slides(seen: dict[str, Any]) -> None:
    last = seen["slides"] - 1
    assert seen["keys"] == [0, 1, 2, 1, last, last, 0, 0]
    assert (seen["hash"], seen["counted"]) == ("#2", f"2 / {seen['slides']}")
