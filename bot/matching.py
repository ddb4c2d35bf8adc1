"""Deciding what a person meant: a choice, a place, a language, danger. Pure.

Rule 1: forgiving about case, accents, punctuation, every script's digits, and small slips.
Rule 2: never guess against a "not": a sentence with a negation is understood only whole.
Rule 3: two equally good meanings are no meaning; the person is asked again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from rapidfuzz import fuzz, process

from bot.model import HEARD_MOST, MAYBE_MOST, Language, Place, Places, Words

OUTSIDE = Place("outside")  # understood, and not in Connecticut
ZIP_OURS = "06"  # how every ZIP of Connecticut begins
PHRASE_MOST = 6  # words of the longest phrase looked for inside a sentence
RUN_LEAST, RUN_MOST = 3, 24  # letters of a phrase of danger where words have no blanks
DENIAL = "-"  # before a "not" among the alarms; no folded word holds one
NEGATION_MOST = 12  # letters of a "not" before it
PLACE_WORDS = 4  # of the longest name of a place, nearly typed
PHRASE_SHARE = 3  # a phrase inside a sentence must be more than a third of its words
SLIP_SHORTEST = 4  # letters: a shorter word is too easily another word
SLIP_CHOICE = 82  # fuzz.ratio from 0 to 100: one slip in five letters, two in ten
SLIP_PLACE = 80
SLIP_BESIDE = 88.5  # where the message also holds the name of a place, rightly spelt
SLIP_CLEAR = 6  # by how much the best must beat the second best

# Scripts that put no blank between words: Thai, Lao, Khmer, and the characters of Chinese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\u1100-\u11ff]")  # folded
_DIGITS = frozenset("0123456789")
_SIGNS = {"\u0901": "\u0902"}  # Hindi's two signs of a nasal vowel are typed for each other
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u02bc\u2018\u2019\u201b\u2032\uff07"))
COMMAS = re.compile("[,\u060c\u3001\uff0c]")  # Latin, Arabic, ideographic, full-width


def fold(text: str) -> str:
    """The letters and digits that matter: " ¿SÍ? " -> "si", "I'm" -> "im", an Arabic three -> "3".

    Marks that are only accents or vowel points go; vowel signs that make the word (as in
    Hindi or Thai) stay. At most HEARD_MOST letters are looked at.
    """
    if text.isascii() and text.isalnum() and len(text) <= HEARD_MOST:
        return text.lower()  # a digit or one plain word: most of all messages
    text = text[:HEARD_MOST].translate(_APOSTROPHES)
    if text.isascii():
        return " ".join("".join([c if c.isalnum() else " " for c in text.lower()]).split())
    decomposed = unicodedata.normalize("NFKD", text)
    folded = unicodedata.normalize("NFKD", decomposed.casefold())
    return " ".join("".join(map(_letter, folded)).split())


def _letter(char: str) -> str:
    if char.isalpha() or char == " ":
        return char
    if char.isascii():
        return char if char.isdigit() else " "
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(char)
    if kind[0] == "M":
        return "" if _is_accent(char) else _SIGNS.get(char, char)
    return "" if kind == "Cf" else " "  # Cf: invisible marks of direction and joining


def _is_accent(char: str) -> bool:
    """Latin, Greek and Cyrillic accents, Arabic and Hebrew vowel points, variation selectors."""
    code = ord(char)
    return (
        0x300 <= code <= 0x36F
        or 0x591 <= code <= 0x5C7
        or 0x610 <= code <= 0x61A
        or 0x64B <= code <= 0x65F
        or code == 0x670
        or code == 0x93C  # Hindi's dot below, which many leave out
        or 0xFE00 <= code <= 0xFE0F
        or code == 0x20E3
    )


def phrases(also: str) -> Iterator[str]:
    """The phrases of a comma-separated line, folded."""
    for part in COMMAS.split(also):
        folded = fold(part)
        if folded:
            yield folded


def unspaced(text: str) -> bool:
    """Whether a text has letters of a script that puts no blank between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def _joined(text: str) -> bool:
    """Whether a name may stand in a text without blanks around it; Korean joins "in" to it."""
    return unspaced(text) or _HANGUL.search(text) is not None


def grams(heard: str) -> Iterator[str]:
    """Every run of words in a sentence, the longest first, up to PHRASE_MOST words."""
    words = heard.split()
    for size in range(min(PHRASE_MOST, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def choose(heard: str, known: Mapping[str, int], choices: int, words: Words) -> int | None:
    """Which of the choices 0 … choices-1 a folded message means, or None.

    In this order: a number, a whole phrase, a phrase inside a sentence, a typing slip.
    `known` maps the phrases of this question to its choices.
    """
    found = number(heard, choices, words)
    if found is None:
        found = known.get(heard)
    if found is None and heard and not _DIGITS.issuperset(heard):
        found = _inside(heard, known, words.negations)
        if found is None and unspaced(heard):
            found = _within(heard, known, words.negations)
        if found is None:
            found = _slip(heard, known, words.negations)
    return found if found is not None and found < choices else None


def number(heard: str, choices: int, words: Words) -> int | None:
    """The choice a message names by its number: "2", "2.", "two", "opcion 2"."""
    if len(heard) == 1 and heard in _DIGITS:
        index = ord(heard) - ord("1")
    else:
        index = words.numbers.get(heard, 0) - 1
    return index if 0 <= index < choices else None


def _inside(heard: str, known: Mapping[str, int], negations: Collection[str]) -> int | None:
    """The one choice named by the longest phrase that is the gist of a sentence."""
    tokens = heard.split()
    if len(tokens) < 2:
        return None
    for size in range(min(PHRASE_MOST, len(tokens)), len(tokens) // PHRASE_SHARE, -1):
        found: set[int] = set()
        used: set[str] = set()
        for start in range(len(tokens) - size + 1):
            phrase = tokens[start : start + size]
            choice = known.get(" ".join(phrase))
            if choice is not None and (size > 1 or len(phrase[0]) >= SLIP_SHORTEST):
                found.add(choice)
                used.update(phrase)
        if found:
            choice = found.pop()
            denied = any(
                (token in negations or token.isdigit())  # "my sister is 12" is no adult
                and token not in used
                and known.get(token) != choice
                for token in tokens
            )
            return None if found or denied else choice
    return None


def _within(heard: str, known: Mapping[str, int], negations: Collection[str]) -> int | None:
    """The one choice whose phrase stands in a sentence that has no blanks; as `_inside`."""
    held = [phrase for phrase in known if len(phrase) > 1 and phrase in heard]
    longest = max(map(len, held), default=0)
    found = {known[phrase] for phrase in held if len(phrase) == longest}
    if len(found) != 1 or longest * PHRASE_SHARE <= len(heard):
        return None
    phrase = next(each for each in held if len(each) == longest)
    rest = heard.replace(phrase, " ", 1)
    denied = any(word in rest for word in negations if unspaced(word))
    return None if denied else found.pop()


def _slip(heard: str, known: Mapping[str, int], negations: Collection[str]) -> int | None:
    """The choice whose phrase a person nearly typed, if no other choice is nearly as near.

    A number or a "not" is never a slip: "i am 27" is not "i am 17", "it isnt ok" not "it is ok".
    """
    if len(heard) < SLIP_SHORTEST:
        return None
    exact = _exact(heard, negations)
    best: dict[tuple[int, bool], float] = {}
    for phrase, score, _ in process.extract_iter(
        heard,
        [phrase for phrase in known if len(phrase) >= SLIP_SHORTEST],
        scorer=fuzz.ratio,
        score_cutoff=SLIP_CHOICE - SLIP_CLEAR,
    ):
        # A phrase with another "not" is never meant, but it may be the one nearly typed.
        meant = known[phrase], _exact(phrase, negations) == exact
        best[meant] = max(best.get(meant, 0.0), score)
    choice, possible = _clear_winner(best) or (None, False)
    return choice if possible else None


def _exact(phrase: str, negations: Collection[str]) -> list[str]:
    """The words of a phrase in which one letter changes everything."""
    numbers = (word for word in phrase.split() if not _DIGITS.isdisjoint(word))
    return [*(word for word in phrase.split() if word in negations), *numbers]


def _clear_winner(best: Mapping[tuple[int, bool], float]) -> tuple[int, bool] | None:
    ranked = sorted(best, key=lambda meant: -best[meant])
    if not ranked or best[ranked[0]] < SLIP_CHOICE:
        return None
    if len(ranked) > 1 and best[ranked[0]] - best[ranked[1]] < SLIP_CLEAR:
        return None
    return ranked[0]


# Danger and language ----------------------------------------------------------------------


def danger(
    heard: str, alarms: Mapping[str, tuple[Language, ...]], speaking: Language
) -> Language | None:
    """The language in which a message says that there is danger, or None.

    A single word is danger only as the whole message. In `alarms` a word behind DENIAL takes
    back what follows it in its languages: "dont call 911", "nobody is hitting me".
    """
    for run in (heard, *grams(heard)) if " " in heard else (heard,):
        languages = alarms.get(run)
        if languages and (" " in run or run == heard):
            before = f" {heard} ".partition(f" {run} ")[0].split()
            if not before or not _denies(before[-1], languages, alarms):
                return speaking if speaking in languages else languages[0]
    if unspaced(heard):
        return _danger_within(heard, alarms, speaking)
    return None


def _denies(
    word: str, languages: Iterable[Language], alarms: Mapping[str, tuple[Language, ...]]
) -> bool:
    """Whether a word is a "not" in one of the languages."""
    return not set(alarms.get(DENIAL + word, ())).isdisjoint(languages)


def _danger_within(
    heard: str, alarms: Mapping[str, tuple[Language, ...]], speaking: Language
) -> Language | None:
    """Danger in a sentence without blanks: a phrase of three letters or more anywhere in it."""
    joined = heard.replace(" ", "")
    for start in range(len(joined)):
        for end in range(min(len(joined), start + RUN_MOST), start + RUN_LEAST - 1, -1):
            languages = alarms.get(joined[start:end])
            before = (joined[max(0, start - size) : start] for size in range(1, NEGATION_MOST + 1))
            if languages and not any(_denies(each, languages, alarms) for each in before):
                return speaking if speaking in languages else languages[0]
    return None


def tell_language(
    text: str,
    heard: str,
    tells: Mapping[str, Language],
    guess: Callable[[str, Language], Language],
    otherwise: Language,
) -> Language:
    """The language of a first message: by the words that only it has, else the best guess.

    `heard` is the folded text; a guess looks at its accents too.
    """
    scores: dict[Language, int] = {}
    for token in heard.split():
        language = tells.get(token)
        if language is not None:
            scores[language] = scores.get(language, 0) + 1
    most = max(scores.values(), default=0)
    best = [language for language, score in scores.items() if score == most]
    if len(best) == 1:
        return best[0]
    return guess(text, otherwise) if heard and not _DIGITS.issuperset(heard) else otherwise


# Places -----------------------------------------------------------------------------------


def find_places(heard: str, places: Places, outside: Collection[str]) -> tuple[Place, ...]:
    """The towns a message may mean, most likely first; (OUTSIDE,) for elsewhere; () for none."""
    if heard in outside:
        return (OUTSIDE,)
    found = places.names.get(heard) or _zip(heard, places)
    if found:
        return found
    inside = _place_inside(heard, places, outside)
    # "wst hartford" holds Hartford and is nearly West Hartford: ask rather than send them wrong.
    # "near hartford" is not nearly New Hartford.
    cutoff = SLIP_BESIDE if inside else SLIP_PLACE
    few = heard.count(" ") < PLACE_WORDS
    near = _place_slip(heard, places, cutoff) if few or not inside else ()
    return unique((*near, *inside))[:MAYBE_MOST]


def place_denied(heard: str, places: Places, words: Words) -> bool:
    """Whether a "not" stands beside the places of a message: "anywhere but hartford"."""
    outside = words.outside
    if heard in places.names or heard in outside or words.negations.isdisjoint(heard.split()):
        return False
    # "not in connecticut" is a place of its own, its "not" included.
    return not any(run in outside and " " in run for run in grams(heard))


def _zip(heard: str, places: Places) -> tuple[Place, ...]:
    """A ZIP, or the first half of a ZIP+4; "6103" lost its zero.

    Five digits that are no ZIP of ours are elsewhere, or a slip where they begin as ours do.
    """
    code = heard.split(" ")[0]
    if not _DIGITS.issuperset(code):
        return ()
    if len(code) == 4:
        return places.zips.get(f"0{code}", ()) if code == heard else ()
    if len(code) != 5:
        return ()
    return places.zips.get(code, () if code.startswith(ZIP_OURS) else (OUTSIDE,))


def _place_inside(heard: str, places: Places, outside: Collection[str]) -> tuple[Place, ...]:
    """ "i am in west hartford ct": the longest run of words that is a place."""
    if _joined(heard):
        held = [name for name in (*places.names, *outside) if _joined(name) and name in heard]
        longest = max(held, key=len, default="")
        return (OUTSIDE,) if longest in outside else places.names.get(longest, ())
    if " " not in heard:
        return ()
    for run in grams(heard):
        if run in outside:
            return (OUTSIDE,)
        found = places.names.get(run) or _zip(run, places)
        if found:
            return found
    return ()


def _place_slip(heard: str, places: Places, cutoff: float) -> tuple[Place, ...]:
    """The places nearly typed, the nearest first."""
    if len(heard) < SLIP_SHORTEST:
        return ()
    near = process.extract(
        heard, list(places.names), scorer=fuzz.ratio, score_cutoff=cutoff, limit=MAYBE_MOST
    )
    if not near:
        return ()
    best = near[0][1]
    return unique(
        place
        for name, score, _ in near
        if score > best - SLIP_CLEAR
        for place in places.names[name]
    )[:MAYBE_MOST]


def unique(places: Iterable[Place]) -> tuple[Place, ...]:
    """The same places without repeats, in their order."""
    return tuple(dict.fromkeys(places))
