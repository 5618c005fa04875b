"""The sheet's colours, by the formula of WCAG 2 (section 1.4.3: at least 4.5 for text)."""

from __future__ import annotations

import re

import pytest

from helpers.report.body import TEMPLATES

GROUNDS = ("ground", "raised", "bad-ground")
SHEET = (TEMPLATES / "style.css").read_text(encoding="utf-8")
THEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    for block in re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark", "paper"])
def test_text_can_be_read_on_every_ground(theme: dict[str, str]) -> None:
    inks = theme.keys() - {*GROUNDS, "line", "shade"}
    weak = [(ink, ground) for ink in inks for ground in GROUNDS if contrast(theme[ink], theme[ground]) < 4.5]
    assert {"text", "quiet", "link", "bad", "comment"} <= inks
    assert weak == []
