"""Promises of the chat in other scripts: it fits a phone, runs the right way, has its letters."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.window import Opens, press, say

WALKED: Final = {"ar": "ar", "zh_Hans": "zh-Hans", "hi": "hi", "th": "th", "ht": "ht"}
NOWHERE: Final = "\U0003fff0"  # on a plane where nothing is written yet
SIDEWAYS: Final = """() => {
  const width = document.documentElement.clientWidth;
  const over = (each) => {
    const box = each.getBoundingClientRect();
    return box.width > 1 && (box.right > width + 1 || box.left < -1);
  };
  return [...document.querySelectorAll("body *")].filter(over).map((each) => each.outerHTML);
}"""
# A letter that no font has is drawn as the same empty box as every other such letter, so each
# is drawn once and compared with one that Unicode promises never to give out.
LACKING: Final = """([letters, lang]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height, canvas.lang] = [60, 60, lang];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = `30px ${getComputedStyle(document.body).fontFamily}`;
  const drawn = (letter) => {
    pen.clearRect(0, 0, 60, 60);
    pen.fillText(letter, 15, 40);
    return pen.getImageData(0, 0, 60, 60).data.join();
  };
  const boxes = ["\\u{10fffe}", "\\u{e0a7f}"].map(drawn);
  return letters.filter((letter) => boxes.includes(drawn(letter)));
}"""


@pytest.mark.parametrize("language", WALKED)
def test_a_phone_shows_every_script_whole(opens: Opens, tmp_path: Path, language: str) -> None:
    """From the hello to the numbers: nothing runs over an edge, and no letter is an empty box."""
    page = opens(locale=WALKED[language])
    looked(page, language, tmp_path / "hello.png")
    press(page, "1")
    looked(page, language, tmp_path / "whom.png")
    say(page, "1", "4", "1", "Bridgeport")
    assert page.locator("a.reach.voice").count() >= 2
    looked(page, language, tmp_path / "referral.png")


def looked(page: Page, language: str, picture: Path) -> None:
    """Look at the page as it stands; its picture is kept where pytest keeps its last folders."""
    html = page.locator("html")
    assert html.get_attribute("lang") == WALKED[language]
    assert html.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert page.evaluate(SIDEWAYS) == []
    assert lacking(page, page.locator("body").inner_text(), WALKED[language]) == []


def lacking(page: Page, said: str, lang: str) -> list[str]:
    letters = sorted({each for each in said if each.isalnum()})
    assert len(letters) > 40
    return list(page.evaluate(LACKING, [letters, lang]))


def test_a_letter_that_no_font_has_is_found(opens: Opens) -> None:
    """Else the promise above could not be broken."""
    page = opens()
    assert page.evaluate(LACKING, [["a", "ж", NOWHERE], "en"]) == [NOWHERE]


def test_a_sign_and_its_meaning_stay_on_one_line(opens: Opens) -> None:
    """ "8 = back": a 8 at the end of a line would be the answer to nothing."""
    page = opens(locale="zh-Hans")
    press(page, "1")
    said = page.locator("main").inner_text()
    assert said.count("\u00a0=\u00a0") == 3
    assert " = " not in said
