"""Which of our languages a first message is written in. Pure: made once from the catalogs.

Rule 1: it learns only from what our own catalogs say and understand, romanised and misspelt
words included, so that it knows just our languages, and knows them as people text them.
Rule 2: English, or what the browser asked for, unless another language is clearly likelier.
Rule 3: a guess is never more than the language of the hello, whose first two answers are this
language and English: whoever answers has confirmed it.

Every word and every run of one to three letters is looked up in a table of how usual it is in
each language (naive Bayes over words and n-grams; Cavnar and Trenkle 1994, Lui and Baldwin 2012).
How well it does, against whom, is measured in benchmarks/languages.py.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from bot.matching import fold
from bot.model import HEARD_MOST, SOURCE, Language

RUN_MOST: Final = 3  # letters of a run
SEEN_LEAST: Final = 2  # how often a longer run must be seen to be kept
CLEARLY: Final = 2.0  # nats by which another language must beat the expected one
SHORT: Final = 4  # letters of a message that could be anything, as "no" or "yo" …
SURELY: Final = 8.0  # … and must be more than clear; letters of another script are
LOOKED_AT: Final = 60  # letters of a message
_SCALE: Final = 16.0  # steps of a nat in the table, so that a row is bytes
_UNSEEN: Final = 0.3  # of one sighting
_WORST: Final = 255


@dataclass(frozen=True, slots=True)
class Identifier:
    """A row for each run: how unusual it is in each language, in sixteenths of a nat."""

    languages: tuple[Language, ...]
    rows: Mapping[str, bytes]

    def tell(self, text: str, expected: Language = SOURCE) -> Language:
        """The language of a message; `expected` where no other is clearly likelier."""
        text = text[: min(LOOKED_AT, HEARD_MOST)]
        scores = self.scores(text)
        if not scores or expected not in scores:
            return expected
        best = min(scores, key=scores.__getitem__)
        needed = SURELY if sum(map(str.isalpha, text)) <= SHORT else CLEARLY
        return best if scores[expected] - scores[best] > needed else expected

    def scores(self, text: str) -> dict[Language, float]:
        """How unlikely a message is in each language, in nats; {} where it has no letter."""
        totals = [0] * len(self.languages)
        known = False
        for run in _runs(_plain(text)):
            row = self.rows.get(run)
            if row is not None:
                known = True
                for place, cost in enumerate(row):
                    totals[place] += cost
        if not known:
            return {}
        return {
            language: total / _SCALE
            for language, total in zip(self.languages, totals, strict=True)
        }


class Guesser:
    """Learns when it is first asked, which takes a second: only a first message asks."""

    def __init__(self, texts: Mapping[Language, Iterable[str]]) -> None:
        self._texts = texts

    @cached_property
    def table(self) -> Identifier:
        return learn(self._texts)

    def tell(self, text: str, expected: Language) -> Language:
        """The language of a message; `expected` where no other is clearly likelier."""
        return self.table.tell(text, expected)


def learn(texts: Mapping[Language, Iterable[str]]) -> Identifier:
    """An identifier of the languages of `texts`: what each says, and what people send in it."""
    languages = tuple(texts)
    counts = [_counted(texts[language]) for language in languages]
    sums: Counter[str] = Counter()
    for count in counts:
        sums.update(count)
    kept = [run for run, n in sums.items() if len(run) == 1 or n >= SEEN_LEAST]
    kinds = Counter(map(_size, kept))
    totals = [_sizes(count) for count in counts]
    unseen = {
        size: bytes(_cost(0, total[size], kinds[size]) for total in totals) for size in kinds
    }
    rows = {run: bytearray(unseen[_size(run)]) for run in kept}
    for place, (count, total) in enumerate(zip(counts, totals, strict=True)):
        for run in count.keys() & rows.keys():
            size = _size(run)
            rows[run][place] = _cost(count[run], total[size], kinds[size])
    return Identifier(languages, {run: bytes(row) for run, row in rows.items()})


def _sizes(count: Mapping[str, int]) -> Counter[int]:
    """How often runs of each size were seen."""
    total: Counter[int] = Counter()
    for run, n in count.items():
        total[_size(run)] += n
    return total


def _size(run: str) -> int:
    """The letters of a run; one more than any has, for a whole word."""
    return len(run) if len(run) <= RUN_MOST else RUN_MOST + 1


@cache
def _cost(count: int, total: int, kinds: int) -> int:
    likely = (count + _UNSEEN) / (total + _UNSEEN * kinds)
    return min(_WORST, round(-math.log(likely) * _SCALE))


def _counted(texts: Iterable[str]) -> Counter[str]:
    """Every run of the texts, as written and without accents."""
    plain = dict.fromkeys(map(_plain, texts))  # each once, and in the same order every time
    both = "".join(plain | dict.fromkeys(f" {fold(text)} " for text in plain))
    found: Counter[str] = Counter()
    for size in range(1, RUN_MOST + 1):
        found.update(map("".join, zip(*(both[start:] for start in range(size)), strict=False)))
    found.update(f" {word} " for word in both.split())
    return found


def _plain(text: str) -> str:
    """Small letters with their accents, single blanks around words, nothing else."""
    text = unicodedata.normalize("NFC", text).casefold()
    letters = (c if unicodedata.category(c)[0] in "LM" else " " for c in text)
    return f" {' '.join(''.join(letters).split())} "


def _runs(text: str) -> Iterator[str]:
    for size in range(1, RUN_MOST + 1):
        for start in range(len(text) - size + 1):
            run = text[start : start + size]
            if run != " ":
                yield run
    yield from (f" {word} " for word in text.split())
