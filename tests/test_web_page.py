"""Promises of how the chat's pages read: to every eye, every voice, in every language."""

from __future__ import annotations

import re
from itertools import product

import pytest

from bot.config import Settings
from bot.load import Program
from tests.conftest import ROOT
from tests.pages import Chat
from webhook.house import House, build


@pytest.fixture
def house(shipped: Program) -> House:
    return build(Settings(), shipped)


@pytest.fixture
def chat(house: House) -> Chat:
    return Chat(house)


async def test_every_text_says_its_language_and_direction(house: House) -> None:
    """A voice reads each sentence in its own tongue; nothing is left to guessing."""
    walk = ("2", "1", "4", "1", "Waterbury", "1", "2", "9")
    chat, read = Chat(house), 0
    for steps in range(len(walk) + 1):
        page = await chat.talk(*walk[:steps])
        for each in page.elements:
            said = " ".join(each.texts).strip()
            if "body" in each.inside and not said.isdigit() and each.tag not in ("h1", ""):
                read += bool(said)
                assert not said or each.lang, said
                assert each.tag == "input" or ("lang" in each.attrs) == ("dir" in each.attrs)
        assert page.all("html")[0].attrs["dir"] == "ltr"
    assert read > 100


async def test_every_page_has_its_landmarks_headings_and_labels(chat: Chat) -> None:
    for said in ((), ("1",), ("1", "0"), ("1", "1", "4", "1", "Waterbury"), ("9",)):
        page = await chat.talk(*said)
        for landmark in ("header", "main", "footer", "h1", "title"):
            assert len(page.all(landmark)) == 1, landmark
        ids = [each.attrs["id"] for each in page.elements if "id" in each.attrs]
        assert len(ids) == len(set(ids))
        for each in page.elements:
            assert each.attrs.get("aria-labelledby", ids[0] if ids else "") in (*ids, "")
        for field in page.all("input", type="text"):
            assert len(page.all("label", for_=field.attrs["id"])) == 1


async def test_every_language_is_served(house: House) -> None:
    languages = house.program.catalog.languages
    assert len(languages) >= 2
    for language in languages:
        page = await Chat(house).open(language=language.replace("_", "-"))
        assert page.all("html")[0].attrs["lang"] == language.replace("_", "-")


def colours() -> dict[str, dict[str, str]]:
    """The palettes of the page: light, and dark with what it does not change."""
    css = (ROOT / "webhook/static/chat.css").read_text()
    found = re.findall(r":root \{(.*?)\}", css, flags=re.S)
    assert len(found) == 2
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", each)) for each in found)
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


READ = [
    *product(("ink", "soft", "accent"), ("paper", "card")),
    *product(("ink", "accent"), ("tint",)),
    ("on-accent", "accent"),
    ("on-leave", "leave"),
]
SEEN = [*product(("line", "focus", "accent", "leave"), ("paper",)), ("line", "card")]


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_what_is_read_stands_out_from_what_it_stands_on(palette: str) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for the edges of what can be pressed."""
    known = colours()[palette]
    for least, pairs in ((4.5, READ), (3.0, SEEN)):
        for one, other in pairs:
            light, dark = sorted((luminance(known[one]), luminance(known[other])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (one, other)


def test_the_page_uses_no_other_colour() -> None:
    """So that the contrast that is computed is the contrast there is."""
    css = (ROOT / "webhook/static/chat.css").read_text()
    rest = re.sub(r":root \{.*?\}|/\*.*?\*/", "", css, flags=re.S)
    assert "var(--ink)" in rest
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", rest)


def test_the_page_reads_from_right_to_left_as_well() -> None:
    """No rule speaks of left or right."""
    css = (ROOT / "webhook/static/chat.css").read_text()
    rest = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    assert "inline-start" in rest
    assert not re.search(
        r"(?<![\w-])(left|right|top|bottom|width|height)\s*:|: (left|right)\b", rest
    )


def test_our_pages_name_no_other_server() -> None:
    files = [*(ROOT / "webhook/templates").iterdir(), *(ROOT / "webhook/static").iterdir()]
    assert len(files) >= 6
    for path in files:
        named = set(re.findall(r"https?://[^\s\"')<]+", path.read_text()))
        assert named <= {"http://www.w3.org/2000/svg"}, path.name
