"""What each language says for each text. Read once from the .po files, then pure.

Rule 1: nothing is decided while a person waits: contacts and rights are written into the
texts, and gaps filled with English, when the files are read. `say` looks up, and fills in
the few words that only a conversation knows.
Rule 2: the placeholders are a closed set (PLACEHOLDERS, `{card:…}`, `{right:…}`).
Rule 3: a catalog with a flaw is a problem. Its flawed texts are said in English even so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton

from bot import po, review
from bot.fields import PLACEHOLDER, VARIANTS, nearest
from bot.model import SOURCE, WEEK, Directory, Language, Phone, Source, Text, TextId
from bot.source import Problem, Spot

SMS_LETTERS: Final = Text(review.SMS_LETTERS)
FILLED_LATE: Final = ("town", "language", "number", "name", "age", "opens")
PLACEHOLDERS: Final = (*FILLED_LATE, "language_english")

_HOLE = re.compile(rf"\{{({'|'.join(FILLED_LATE)})\}}")
_CARD = re.compile(r"\{card:([^{}]*)\}")
_RIGHT = re.compile(r"\{right:([^{}]*)\}")

_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # any: only its day of the week is shown

# Languages of Connecticut that Babel's data lack: in English, and as their speakers write them.
_NAMES: Final = {
    "mam": ("Mam", "Mam"),
    "kek": ("Q'eqchi'", "Q'eqchi'"),
    "kjb": ("Q'anjob'al", "Q'anjob'al"),
    "kar": ("Karen", "Karen"),
    "prs": ("Dari", "Dari"),
    "rhg": ("Rohingya", "Rohingya"),
    "cpv": ("Cape Verdean Creole", "Kabuverdianu"),
}

_Pieces = tuple[str, ...]  # letters, placeholder, letters, placeholder, …, letters


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that can be said, in every language. `languages` begins with SOURCE."""

    languages: tuple[Language, ...]
    said: Mapping[Language, Mapping[TextId, _Pieces]]
    variants: Mapping[TextId, Mapping[str, TextId]]  # only texts that have any
    names: Mapping[tuple[Language, str], str]  # (reader's language, a language) -> its name
    times: Mapping[tuple[Language, str], str]  # (reader's language, minute of the week)
    plain: Mapping[Language, Mapping[str, str]]  # letters an SMS may write plainly

    def say(self, text: Text, language: Language, variants: tuple[str, ...] = ()) -> str:
        """A text as a person will read it: the first of `variants` it has, else its base.

        A language that has gone meanwhile is answered in English. KeyError: no flow has
        the text.
        """
        id = text.id
        if variants and id in self.variants:
            known = self.variants[id]
            id = next((known[variant] for variant in variants if variant in known), id)
        pieces = self.said.get(language, self.said[SOURCE])[id]
        if len(pieces) == 1:
            return pieces[0]
        return self._filled(pieces, dict(text.args), language)

    def _filled(self, pieces: _Pieces, args: Mapping[str, str], language: Language) -> str:
        filled = list(pieces)
        for place in range(1, len(pieces), 2):
            value = args.get(pieces[place], "")
            if pieces[place] == "language":
                value = self.names.get((language, value)) or language_name(value, language)
            elif pieces[place] == "opens":
                value = self.times.get((language, value)) or moment(value, language)
            filled[place] = value
        return "".join(filled)

    def letters(self, language: Language) -> Mapping[str, str]:
        """Letters that cost an SMS half its room, and what it may write instead."""
        return self.plain.get(language, {})


def load(
    folder: Path,
    sources: Mapping[TextId, Source],
    directory: Directory,
    problems: list[Problem],
    behind: list[Problem] | None = None,
) -> Catalog:
    """Every language of a folder of catalogs; `sources` are the flows' own English texts.

    What is wrong with a catalog, or with the placeholders of an English text, is appended to
    `problems`; every language is usable even so. Where a translation is only behind the flows,
    it is appended to `behind` instead, if that is given: those texts are said in English.
    """
    problems += _misnamed(sources, directory)
    english = {id: source.said for id, source in sources.items()}
    raw = {SOURCE: english}
    for language, path in catalogs(folder, problems):
        raw[language] = english | _read(path, language, sources, problems, behind)
    languages = tuple(raw)
    shown = {id: _shown(service.phones) for id, service in directory.services.items()}
    return Catalog(
        languages,
        {language: _closed(texts, language, shown) for language, texts in raw.items()},
        _variants(sources),
        _names(languages, directory),
        _times(languages, directory),
        {language: _plain(texts.get(SMS_LETTERS.id, "")) for language, texts in raw.items()},
    )


def catalogs(folder: Path, problems: list[Problem]) -> list[tuple[Language, Path]]:
    """The languages of a folder and their files, by tag; a folder that is none is a problem."""
    found = []
    for path in sorted(path for path in folder.glob("[!.]*") if path.is_dir()):
        spot = Spot(named(path / "LC_MESSAGES/waypost.po", folder), 1)
        if not known(path.name) or path.name == SOURCE:
            what = f"'{path.name}' is not the tag of a language to translate to; use one like"
            problems.append(Problem(spot, f"{what} es, ht or pt_BR"))
        elif not (path / "LC_MESSAGES/waypost.po").is_file():
            what = f"the file is missing; run 'waypost translate update --language {path.name}'"
            problems.append(Problem(spot, what))
        else:
            found.append((Language(path.name), path / "LC_MESSAGES/waypost.po"))
    return found


def named(path: Path, folder: Path) -> str:
    """How problems call a catalog: "locales/es/LC_MESSAGES/waypost.po"."""
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _read(
    path: Path,
    language: Language,
    sources: Mapping[TextId, Source],
    problems: list[Problem],
    behind: list[Problem] | None,
) -> dict[TextId, str]:
    """What one catalog says well; the rest is left to English, and told."""
    file = po.read(path, named(path, path.parents[2]), problems)
    if file is None:
        return {}
    flaws = review.review(file, language, sources)
    for flaw in flaws:
        told = problems if behind is None or flaw.kind not in review.BEHIND else behind
        told.append(Problem(flaw.spot, flaw.what))
    flawed = {flaw.id for flaw in flaws}
    return {entry.id: entry.said for entry in file.entries if entry.id not in flawed}


# What is written in when the files are read ---------------------------------------------


def _shown(phones: Iterable[Phone]) -> str:
    """The number to write into a text: one to call, or to text where none can be called."""
    reached = [phone for phone in phones if phone.kind in ("voice", "text")]
    return next(
        (p.shown for p in reached if p.kind == "voice"), reached[0].shown if reached else ""
    )


def _closed(
    texts: Mapping[TextId, str], language: Language, shown: Mapping[str, str]
) -> dict[TextId, _Pieces]:
    """The texts of one language with rights, contacts and its own name written in."""
    name = _spoken(language)

    def pieces(said: str) -> _Pieces:
        said = _RIGHT.sub(lambda match: texts.get(TextId(f"rights/{match[1]}"), ""), said)
        said = _CARD.sub(lambda match: shown.get(match[1], ""), said)
        return tuple(_HOLE.split(said.replace("{language_english}", name)))

    return {id: pieces(said) if "{" in said else (said,) for id, said in texts.items()}


def _variants(sources: Mapping[TextId, Source]) -> dict[TextId, dict[str, TextId]]:
    found: dict[TextId, dict[str, TextId]] = {}
    for id in sources:
        base, dot, variant = id.rpartition(".")
        if dot and variant in VARIANTS:
            found.setdefault(TextId(base), {})[variant] = id
    return found


def _plain(line: str) -> dict[str, str]:
    """ "á=a í=i" as a mapping; what is malformed has been told by the review."""
    pairs = [pair.partition("=") for pair in line.split()]
    return {letter: plain for letter, equals, plain in pairs if equals and len(letter) == 1}


def _misnamed(sources: Mapping[TextId, Source], directory: Directory) -> list[Problem]:
    """Placeholders of the English texts that name nothing."""
    return [
        Problem(Spot(source.file, source.line), f"{{{name}}} names nothing; {hint}")
        for id, source in sources.items()
        for name in PLACEHOLDER.findall(source.said)
        if (hint := _unknown(name, id, sources, directory))
    ]


def _unknown(name: str, id: TextId, sources: Mapping[TextId, Source], directory: Directory) -> str:
    """What to write instead of a placeholder, or "" where it is right."""
    kind, colon, wanted = name.partition(":")
    if not colon:
        return "" if name in PLACEHOLDERS else nearest(name, PLACEHOLDERS)
    if kind == "card":
        callable = [id for id, service in directory.services.items() if _shown(service.phones)]
        return "" if wanted in callable else nearest(wanted, callable)
    if kind == "right" and not id.startswith("rights/"):
        rights = [each.removeprefix("rights/") for each in sources if each.startswith("rights/")]
        return "" if wanted in rights else nearest(wanted, rights)
    return "write {card:ID}, or {right:ID} in a flow"


# Names of languages ---------------------------------------------------------------------


def known(tag: str) -> bool:
    """Whether a tag is a language that people may be spoken to in."""
    return tag in _NAMES or _locale(tag) is not None


def language_name(tag: str, reader: Language) -> str:
    """A language as its reader calls it, without its land or script: ("ht", "es") -> "criollo
    haitiano", ("pt_BR", "en") -> "Portuguese".
    """
    of, root = _locale(reader), tag.partition("_")[0]
    if of is not None and root in of.languages:
        return str(of.languages[root])
    english, own = _NAMES.get(tag, (tag, tag))
    locale = _locale(tag)
    if locale is not None:
        english = locale.english_name or tag
    return own if tag == reader else english


def written_name(tag: str, reader: Language) -> str:
    """The same, and how it is written where that tells two apart: "Chinese (Simplified)"."""
    of, script = _locale(reader), tag.partition("_")[2]
    name = language_name(tag, reader)
    return f"{name} ({of.scripts[script]})" if of and script in of.scripts else name


def _spoken(tag: str) -> str:
    """What to ask an interpreter service for, in English: "pt_BR" -> "Portuguese"."""
    return language_name(tag, SOURCE)


def _names(languages: Iterable[Language], directory: Directory) -> dict[tuple[Language, str], str]:
    phones = [phone for service in directory.services.values() for phone in service.phones]
    tags = {*languages, *(tag for phone in phones for tag in phone.languages)}
    return {(of, tag): language_name(tag, of) for of in languages for tag in sorted(tags)}


def moment(minute: str, reader: Language) -> str:
    """A minute of the week as a day and a time: ("540", "en") -> "Mon 9:00 AM"."""
    if not minute.isdecimal():
        return minute
    when = _A_MONDAY + timedelta(minutes=int(minute))
    return format_skeleton("Ehm", when, locale=_locale(reader) or _locale(SOURCE))


def _times(languages: Iterable[Language], directory: Directory) -> dict[tuple[Language, str], str]:
    hours = (service.hours or () for service in directory.services.values())
    minutes = {str(opens % WEEK) for pairs in hours for opens, _ in pairs}
    return {(of, minute): moment(minute, of) for of in languages for minute in sorted(minutes)}


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag)
    except (UnknownLocaleError, ValueError):
        return None
