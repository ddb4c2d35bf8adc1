"""How hard the shown texts are to read, by language, and where a sentence is too long. Pure.

Rule 1: a formula only where one was made for the language; elsewhere the lengths of sentences
and words, which is what all the formulas are made of.
Rule 2: a budget for the whole language and one for each sentence; over either is a problem.

The formulas, s = words a sentence, y = syllables a word, counted as groups of vowels:
en  Flesch-Kincaid grade      0.39 s + 11.8 y - 15.59          Kincaid and others 1975
es  Fernandez Huerta          206.84 - 60 y - 1.02 s           1959
fr  Kandel and Moles          207 - 73.6 y - 1.015 s           1958
pt  Flesch for Portuguese     248.835 - 84.6 y - 1.015 s       Martins and others 1996
ru  Flesch for Russian        206.835 - 60.1 y - 1.3 s         Oborneva 2006
pl  FOG for Polish            0.4 (s + percent of words with four syllables or more)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bot.fields import PLACEHOLDER
from bot.matching import unspaced
from bot.model import Language

GRADE, EASE = "grade", "ease"  # less is easier; more is easier
_VOWELS: Final = re.compile(r"[aeiouyàâäáãåæéèêëíìîïóòôöõøœúùûüýąęаеёиоуыэюяіїє]+")
_SENTENCE: Final = re.compile(r"[.!?…:;。！？；：؟।\n]+")
# A letter, then letters, their marks (as the vowel signs of Hindi), or an apostrophe inside.
_MARKS: Final = "\u0300-\u036f\u064b-\u0655\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e4e"
_WORD: Final = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}]|['’-](?=[^\W\d_]))*")
_THAI: Final = re.compile("[\u0e00-\u0e7f]")


class Formula(NamedTuple):
    """`most` is the budget: of a grade at most, of an ease at least."""

    name: str
    kind: str
    start: float
    sentence: float  # for each word of a mean sentence
    word: float  # for each syllable of a mean word
    most: float


FORMULAS: Final[Mapping[str, Formula]] = {
    "en": Formula("Flesch-Kincaid grade", GRADE, -15.59, 0.39, 11.8, 6.5),
    "es": Formula("Fernandez Huerta", EASE, 206.84, -1.02, -60.0, 70.0),
    "fr": Formula("Kandel and Moles", EASE, 207.0, -1.015, -73.6, 70.0),
    "pt": Formula("Flesch for Portuguese", EASE, 248.835, -1.015, -84.6, 65.0),
    "ru": Formula("Flesch for Russian", EASE, 206.835, -1.3, -60.1, 45.0),
}
FOG_MOST: Final = 9.0  # of Polish: as many years of school
HARD_SYLLABLES: Final = 4
SENTENCE_MOST: Final = 32  # words of one sentence
BY_SYLLABLE: Final = {"vi": 1.5}  # Vietnamese puts a blank after every syllable
MEAN_MOST: Final = 14.0  # words of the mean sentence
LETTERS_MOST: Final = 64  # of one sentence, where words have no blanks; of Thai, twice as many
MEAN_LETTERS_MOST: Final = 26.0


class Level(NamedTuple):
    """How a language reads. `value` is by `method`; `most` is its budget."""

    language: Language
    method: str
    value: float
    most: float
    sentence: float  # words, or letters where they have no blanks
    kept: bool


def level(language: Language, texts: Iterable[str]) -> Level:
    """The reading level of all shown texts of a language together."""
    sentences = [each for text in texts for each in sentences_of(text)]
    sizes = [size(each) for each in sentences]
    mean = sum(sizes) / max(1, len(sizes))
    words = [word for each in sentences for word in _WORD.findall(each.lower())]
    syllables = [len(_VOWELS.findall(word)) or 1 for word in words]
    formula = FORMULAS.get(language.partition("_")[0])
    if formula is not None:
        each = sum(syllables) / max(1, len(syllables))
        value = formula.start + formula.sentence * mean + formula.word * each
        kept = value <= formula.most if formula.kind == GRADE else value >= formula.most
        return Level(language, formula.name, value, formula.most, mean, kept)
    if language == "pl":
        hard = 100 * sum(each >= HARD_SYLLABLES for each in syllables) / max(1, len(syllables))
        value = 0.4 * (mean + hard)
        return Level(language, "FOG for Polish", value, FOG_MOST, mean, value <= FOG_MOST)
    if any(map(unspaced, sentences)):
        most = MEAN_LETTERS_MOST * (2 if any(map(_THAI.search, sentences)) else 1)
        return Level(language, "letters a sentence", mean, most, mean, mean <= most)
    most = MEAN_MOST * BY_SYLLABLE.get(language, 1)
    return Level(language, "words a sentence", mean, most, mean, mean <= most)


def too_long(text: str, language: Language) -> Iterator[str]:
    """What to say of each sentence that is over its budget."""
    for sentence in sentences_of(text):
        count, most = size(sentence), int(_most(sentence) * BY_SYLLABLE.get(language, 1))
        if count > most:
            what = "letters" if unspaced(sentence) else "words"
            begins = " ".join(sentence.split()[:4])[:30]
            yield (
                f'a sentence has {count} {what}, at most {most} are easy to read ("{begins}…"); '
                "make two of it"
            )


def sentences_of(text: str) -> list[str]:
    """The sentences of a text; placeholders count as a word."""
    said = PLACEHOLDER.sub("X", text)
    return [each.strip() for each in _SENTENCE.split(said) if _WORD.search(each)]


def size(sentence: str) -> int:
    """Words of a sentence; its letters, where words have no blanks."""
    words = _WORD.findall(sentence)
    return sum(map(len, words)) if unspaced(sentence) else len(words)


def _most(sentence: str) -> int:
    if not unspaced(sentence):
        return SENTENCE_MOST
    return LETTERS_MOST * (2 if _THAI.search(sentence) else 1)
