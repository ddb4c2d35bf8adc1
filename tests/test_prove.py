"""What `waypost prove` promises: nothing that is broken is passed, and it is shown how."""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot import po
from bot.commands.prove import PROMISES, talk
from bot.commands.prove import prove as command
from bot.findings import Break, answer
from bot.load import Program, load, load_flows
from bot.load import languages as offered
from bot.model import SOURCE, AskPlace, Language, Say, State, StepId, TextId
from bot.projection import Projection, places
from bot.prove import Report, prove
from bot.source import Problem
from bot.translate import CATALOG, fresh, updated

SHIPPED = Path(__file__).parents[1]
TODAY = date(2026, 11, 20)
WHO, WHAT, HELP = StepId("start/who"), StepId("start/what"), StepId("start/help")

START = """\
about: a small conversation that keeps every promise

steps:

  hello:
    ask: "Hi. Is it OK to text now?"
    choices:
      yes_now: {label: "It is OK", go: who}
      not_now: {label: "It is not", go: stop}

  stop:
    say: "In danger? Call {card:emergency-911-voice}."
    then: hello

  who:
    ask: "How old are you?"
    choices:
      adult: {label: "Grown up", set: {age: adult}, go: what}
      minor: {label: "Not yet", set: {age: minor}, go: what}

  what:
    ask: "What is happening?"
    choices:
      lawyer: {label: "A lawyer", also: "court", set: {need: lawyer}, go: town}
      food: {label: "Food", also: "hungry", set: {need: food}, go: town}

  town:
    ask_place: "Which town?"
    answer: town
    choices:
      skip: {label: "Skip", go: help}
    then: help

  help:
    card: national-human-trafficking-hotline
    text: "A free line."
    then: fits

  fits:
    branch: age
    cases: {minor: young}
    else: places

  young:
    say: "Ask first what they must report."
    then: places

  places:
    refer: "These may help."
    then: next

  next:
    ask: "What next?"
    choices:
      again: {label: "Other things", go: what}
      bye: {label: "Go away", go: bye}
      more: {label: "More places", more: places}

  bye:
    end: "Bye."
"""

EMERGENCY = """\
about: danger now

steps:

  call:
    card: emergency-911-voice
    then: next

  next:
    ask: "Do you want to go on?"
    choices:
      on: {label: "On", go: start/who}
      leave: {label: "Enough", go: start/bye}
"""


class Flows:
    """A folder with the small flows and the shipped directory, to break in one place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "flows"
        self.locales = folder / "locales"
        self.folder.mkdir()
        self.locales.mkdir()
        (self.folder / "directory").symlink_to(SHIPPED / "flows/directory")
        for name in ("always.yaml", "answers.yaml"):
            said = (SHIPPED / "flows" / name).read_text(encoding="utf-8")
            (self.folder / name).write_text(said, encoding="utf-8")
        (self.folder / "start.yaml").write_text(START)
        (self.folder / "emergency.yaml").write_text(EMERGENCY)

    def edit(self, old: str, new: str, name: str = "start.yaml") -> Flows:
        path = self.folder / name
        said = path.read_text(encoding="utf-8")
        assert said.count(old) == 1, f"{said.count(old)} times in {name}: {old}"
        path.write_text(said.replace(old, new), encoding="utf-8")
        return self

    def program(self) -> Program:
        return load(self.folder, self.locales, today=TODAY)

    def arguments(self, *more: str) -> list[str]:
        return ["--flows", str(self.folder), "--locales", str(self.locales), *more]


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    return Flows(tmp_path)


def copied(flows: Path, locales: Path, *languages: Language) -> Path:
    """Catalogs that say everything in English, and lack nothing."""
    problems: list[Problem] = []
    sources = load_flows(flows, problems, (SOURCE, *languages)).sources
    assert not problems
    for language in languages:
        file = updated(fresh(language), sources)
        entries = tuple(replace(entry, said=entry.english) for entry in file.entries)
        path = locales / language / CATALOG
        path.parent.mkdir(parents=True)
        path.write_text(po.write(replace(file, entries=entries)), encoding="utf-8")
    return locales


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The flows as shipped, with every language that a choice of theirs offers."""
    locales = tmp_path_factory.mktemp("locales")
    spoken = {path.parts[-3] for path in (SHIPPED / "locales").glob(f"*/{CATALOG}")}
    for language in spoken:
        (locales / language).symlink_to(SHIPPED / "locales" / language)
    lacking = {Language("es")} - {Language(language) for language in spoken}
    copied(SHIPPED / "flows", locales, *lacking)
    return load(SHIPPED / "flows", locales, today=TODAY)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The flows as shipped, in English again and again, whatever the translators are doing."""
    flows = SHIPPED / "flows"
    locales = copied(flows, tmp_path_factory.mktemp("twins"), *offered(SHIPPED / "locales")[1:])
    return load(flows, locales, today=TODAY)


@pytest.fixture(scope="module")
def report(shipped: Program) -> Report:
    """All languages where there is time, as in CI; else one of each direction of writing."""
    every = os.environ.get("CI") or os.environ.get("FULL")
    some = () if every else map(Language, ("en", "ar"))
    return prove(shipped, some, jobs=2)


def broken(program: Program, promise: int) -> Break:
    """The break of a promise with the shortest conversation."""
    found = [each for each in prove(program).breaks if each.promise == promise]
    assert found, f"promise {promise} is said to be kept"
    return found[0]


def told(program: Program, each: Break) -> list[str]:
    """What they write, in the conversation that is shown."""
    lines = talk(program, each).splitlines()
    return [line.removeprefix("they write: ") for line in lines if line.startswith("they write:")]


def taken(program: Program, step: StepId, word: str) -> Program:
    """The program, with a question at which a word means the first choice."""
    words = program.book.words[SOURCE]
    choices = {**words.choices, step: {**words.choices[step], word: 0}}
    return replace(
        program,
        book=replace(program.book, words={SOURCE: replace(words, choices=choices)}),
    )


# The shipped flows --------------------------------------------------------------------------


def test_the_shipped_flows_keep_every_promise(shipped: Program, report: Report) -> None:
    """Every promise was looked at, in every language, and none is broken."""
    assert {SOURCE, Language("ar")} <= set(report.languages)
    assert all(report.walked[number] for number in PROMISES)
    assert report.states > 1000 * len(report.languages)
    sentences = [f"{each.spot}: {each.what}\n{talk(shipped, each)}" for each in report.breaks]
    assert not sentences, "\n".join(sentences[:5])


def test_the_walk_takes_as_long_as_there_are_languages(report: Report) -> None:
    """Each language has its own states, and is not walked again from within another."""
    english = report.states / len(report.languages)
    assert report.messages < 15 * english * len(report.languages)


def test_the_gaps_are_groups_of_towns(report: Report) -> None:
    """A gap tells how many towns of a region it is about, and stands once."""
    groups = [(gap.need, gap.age, gap.language, gap.region) for gap in report.gaps]
    assert groups == sorted(set(groups))
    assert all(gap.towns > 0 for gap in report.gaps)


def test_states_that_are_one_go_on_alike(twins: Program) -> None:
    """On random walks, what is answered and where it leads depends on the projection alone."""
    projected, dice = Projection(twins.book), random.Random(1)
    after: dict[object, set[object]] = defaultdict(set)
    states: dict[object, set[object]] = defaultdict(set)
    for state, message in _walks(twins, dice, 2000):
        outcome = answer(twins.book, state, message, state.language)
        went = outcome.state and projected(outcome.state)
        after[projected(state), message].add((went, outcome.replies, outcome.erase))
        states[projected(state), message].add((state.answers, state.trail, state.counted))
    assert sum(len(each) > 1 for each in states.values()) > 500, "walk further"
    assert all(len(each) == 1 for each in after.values())


def _walks(program: Program, dice: random.Random, walks: int) -> Iterator[tuple[State, str]]:
    """Random conversations in English: menus, places, words, and words of danger."""
    words = ["0", "?", min(program.book.words[SOURCE].danger), *places(program.book)]
    for _ in range(walks):
        state = answer(program.book, None, "hi", SOURCE).state
        for _ in range(16):
            if state is None or state.language != SOURCE:
                break
            message = dice.choice([*"1111222334567", *words, "8"])
            if message not in ("8", "?") and not state.misses:
                yield state, message
            state = answer(program.book, state, message, SOURCE).state


def test_a_place_is_named_for_each_way_it_is_answered(twins: Program) -> None:
    """Among them one with a number of its police, one without, one asked back, one outside."""
    book = twins.book
    start = StepId("what/town")
    assert isinstance(book.steps[start], AskPlace)
    towns = []
    for place in places(book):
        state = answer(book, State(start, SOURCE), place, SOURCE).state
        assert state is not None
        towns.append(state.maybe or dict(state.answers)["town"])
    assert any(isinstance(town, tuple) for town in towns)
    assert "outside" in towns
    kinds = {len(book.police[town, SOURCE].texts) for town in towns if isinstance(town, str)}
    assert kinds == {0, 1}


# Each promise, broken -----------------------------------------------------------------------


def test_the_small_flows_keep_every_promise(flows: Flows) -> None:
    """So that each test below breaks one thing and nothing else."""
    assert prove(flows.program()).breaks == ()


def test_0_without_a_number_is_told(flows: Flows) -> None:
    """Promise 1: the help line with nothing to call is no help line."""
    program = flows.program()
    book = program.book
    cards = {
        key: replace(offer, contacts=()) if key[0] == book.help_line else offer
        for key, offer in book.cards.items()
    }
    program = replace(program, book=replace(book, cards=cards))
    first = broken(program, 1)
    assert "0 does not show the help line" in first.what
    assert first.messages == ("0",)


def test_0_that_is_a_choice_is_told(flows: Flows) -> None:
    """Promise 1: at the one question where 0 means something else."""
    program = taken(flows.program(), WHO, "0")
    first = broken(program, 1)
    assert first.what.startswith("at 'start/who', 0 does not show the help line")
    assert str(first.spot) == "start.yaml:16"
    assert first.messages == ("hi", "1", "0")


def test_9_that_does_not_leave_is_told(flows: Flows) -> None:
    """Promise 2, with the conversation that shows it, in the way of the transcripts."""
    program = taken(flows.program(), WHAT, "9")
    first = broken(program, 2)
    assert first.what.startswith("at 'start/what', 9 does not leave")
    assert first.messages == ("hi", "1", "1", "9")
    assert told(program, first) == ["hi", "1", "1", "9"]
    assert "    How old are you?\n    1 Grown up\n" in talk(program, first)


def test_a_menu_that_leads_round_without_a_contact_is_told(flows: Flows) -> None:
    """Promise 3: six messages, the first one counted."""
    flows.edit('also: "hungry", set: {need: food}, go: town', 'also: "hungry", go: what')
    found = {each.what.partition(",")[0]: each for each in prove(flows.program()).breaks}
    assert {each.promise for each in found.values()} >= {3}
    assert found["at 'start/what'"].what.partition(";")[0].endswith("have shown no contact")
    assert found["at 'start/what'"].messages == ("hi", "1", "1", "2", "2", "2")
    assert str(found["at 'start/what'"].spot) == "start.yaml:22"


def test_an_end_without_a_contact_is_told(flows: Flows) -> None:
    """Promise 3: nobody is sent away with nothing."""
    first = broken(_ends_at_once(flows).program(), 3)
    assert first.what.startswith("after 'start/hello' it ends")
    assert first.messages == ("hi", "2")


def test_a_contact_in_a_text_is_a_contact(flows: Flows) -> None:
    """Promise 3 is kept by {card:…} in a text, also by way of a right that tells of one."""
    flows.edit("    card: national-human-trafficking-hotline\n    text:", "    say:")
    flows.edit("A free line.", "Call {card:national-human-trafficking-hotline}.")
    flows.edit("    refer: ", "    say: ").edit(
        'more: {label: "More places", more: places}', 'more: {label: "On", go: places}'
    )
    assert not [each for each in prove(flows.program()).breaks if each.promise == 3]


def test_a_step_that_nobody_comes_to_is_told(flows: Flows) -> None:
    """Promise 4: a case of an answer that is never given."""
    flows.edit("cases: {minor: young}", "cases: {unsaid: young}")
    first = broken(flows.program(), 4)
    assert first.what.startswith("no conversation comes to 'start/young'")
    assert str(first.spot) == "start.yaml:45"


def test_a_choice_that_nobody_can_make_is_told(flows: Flows) -> None:
    """Promise 4: "more" where nothing was ever referred."""
    flows.edit("else: places", "else: next")
    flows.edit("then: places\n\n  places", "then: next\n\n  places")
    found = [each for each in prove(flows.program()).breaks if each.promise == 4]
    assert {each.what.partition(";")[0]: str(each.spot) for each in found} == {
        "no conversation comes to 'start/places'": "start.yaml:49",
        "nobody can make this choice at 'start/next'": "start.yaml:57",
    }


def test_a_message_that_walks_for_ever_is_told(flows: Flows) -> None:
    """Promise 4: the linker refuses such flows; if it did not, this would end and tell."""
    program = flows.program()
    young = program.book.steps[StepId("start/young")]
    assert isinstance(young, Say)
    steps = {**program.book.steps, young.id: replace(young, then=young.id)}
    program = replace(program, book=replace(program.book, steps=steps))
    first = broken(program, 4)
    assert "walks over 200 steps" in first.what
    assert first.messages == ("hi", "1", "2", "1", "1")
    assert told(program, first) == list(first.messages)


def test_a_message_that_cannot_be_answered_is_told(flows: Flows) -> None:
    """Promise 4: whatever the engine stumbles over, the conversation that leads there is shown."""
    program = flows.program()
    steps = {id: step for id, step in program.book.steps.items() if not id.startswith("emergency")}
    first = broken(replace(program, book=replace(program.book, steps=steps)), 4)
    assert "cannot be answered (KeyError" in first.what
    assert first.messages


def test_a_language_that_is_left_for_good_is_told(flows: Flows) -> None:
    """Promise 4: every choice leads out of a language that has no name to come back by."""
    flows.edit('OK", go: who', 'OK", set: {language: en}, go: who')
    flows.edit('On", go', 'On", set: {language: en}, go', "emergency.yaml")
    copied(flows.folder, flows.locales, Language("it"))
    first = broken(flows.program(), 4)
    assert first.what.startswith("in it, nobody comes to 'start/next'")
    assert first.spot.file == "start.yaml"


def test_a_service_without_a_number_is_told(flows: Flows) -> None:
    """Promise 5: the service by its line in the directory, and who would see it."""
    program = flows.program()
    book = program.book
    cards = {key: replace(offer, contacts=()) for key, offer in book.cards.items()}
    program = replace(program, book=replace(book, offers={}, cards=cards))
    first = broken(program, 5)
    assert first.what.startswith("this service is offered without a number")
    line = book.directory.services[book.help_line].line
    assert str(first.spot) == f"directory/services.yaml:{line}"
    assert first.messages[:4] == ("hi", "1", "1", "1")


def test_who_cannot_be_referred_is_told(flows: Flows) -> None:
    """Promise 5: no service, and no help line either."""
    program = flows.program()
    book = program.book
    cards = {key: offer for key, offer in book.cards.items() if key[0] != book.help_line}
    program = replace(program, book=replace(book, offers={}, cards=cards))
    first = broken(program, 5)
    assert first.what.startswith("lawyer, adult in en cannot be referred (KeyError)")


def test_what_has_nothing_better_than_the_help_line_is_a_gap(flows: Flows) -> None:
    """A gap is counted for the council, and breaks no promise."""
    program = flows.program()
    book = program.book
    offers = {key: ranked for key, ranked in book.offers.items() if key[0] != "food"}
    report = prove(replace(program, book=replace(book, offers=offers)))
    assert report.breaks == ()
    found = [gap for gap in report.gaps if gap.need == "food"]
    assert {gap.age for gap in found} == {"adult", "minor", "unsaid"}
    assert sum(gap.towns for gap in found) == 3 * len(book.answers["town"].values)


def test_an_unclear_message_that_is_taken_for_a_choice_is_told(flows: Flows) -> None:
    """Promise 6: three unclear messages come to the help line."""
    first = broken(taken(flows.program(), WHO, ""), 6)
    assert first.what.startswith("at 'start/who', '?' is taken for an answer")
    assert first.messages == ("hi", "1", "?")


def test_words_of_danger_that_mean_a_choice_are_told(flows: Flows) -> None:
    """Promise 6: every phrase is tried at every question, not only the first."""
    first = broken(taken(flows.program(), WHAT, "suicide"), 6)
    assert "at 'start/what', in en, 'suicide' does not show the emergency contact" in first.what
    assert first.messages == ("hi", "1", "1", "suicide")


def test_8_that_does_not_go_back_is_told(flows: Flows) -> None:
    """Promise 6: at the one question where 8 means something else."""
    first = broken(taken(flows.program(), WHAT, "8"), 6)
    assert first.what.startswith("at 'start/what', 8 does not go back")
    assert first.messages == ("hi", "1", "1", "8")


def test_a_text_that_is_empty_in_one_language_is_told(flows: Flows) -> None:
    """Promise 7, with the shortest way to where it would be said."""
    copied(flows.folder, flows.locales, Language("es"))
    program = flows.program()
    spanish = {**program.catalog.said[Language("es")], TextId("start/what/ask"): ("",)}
    said = {**program.catalog.said, Language("es"): spanish}
    program = replace(program, catalog=replace(program.catalog, said=said))
    first = broken(program, 7)
    assert first.what == "in es, the text 'start/what/ask' is empty; write it"
    assert str(first.spot) == "start.yaml:22"
    assert [each.promise for each in prove(program).breaks].count(7) == 1


def test_a_hello_of_two_segments_is_told(flows: Flows) -> None:
    """Promise 7, and the letter that halves the room is named."""
    flows.edit("Hi. Is it OK", "Hi, I am a łine that you can write to at any time. Is it OK")
    first = broken(flows.program(), 7)
    assert "takes 1 texts of up to 2 segments, not 1 of 1" in first.what
    assert "'ł'" in first.what
    assert first.messages == ("hi",)


def test_an_answer_of_too_many_texts_is_told(flows: Flows) -> None:
    """Promise 7: ten texts of two segments is all that is sent at once."""
    long = "ł" * 120
    steps = "".join(
        f'  s{n}:\n    say: "{long}"\n    then: {f"s{n + 1}" if n < 11 else "fits"}\n\n'
        for n in range(12)
    )
    flows.edit("    then: fits\n", "    then: s0\n").edit("  fits:\n", f"{steps}  fits:\n")
    first = broken(flows.program(), 7)
    assert "segments, not 10 of 2; a letter like 'ł' halves the room" in first.what
    assert first.messages == ("hi", "1", "1", "1", "1")


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ("Hi. Is it OK to text", "Hi. About the police: is it OK to text", ("hi",)),
        ("It is OK", "No police here", ("hi",)),
    ],
)
def test_a_word_that_gives_the_subject_away_is_told(
    flows: Flows, old: str, new: str, messages: tuple[str, ...]
) -> None:
    """Promise 8: in the question and in its choices."""
    first = broken(flows.edit(f'"{old}', f'"{new}').program(), 8)
    assert first.what.startswith("in en, 'police' is said before anybody is safe")
    assert first.messages == messages


def test_the_help_line_gives_nothing_away(flows: Flows) -> None:
    """Promise 8 also for what 0 says before it is safe."""
    flows.edit("A free line, day and night,", "A free line about trafficking,", "always.yaml")
    first = broken(flows.program(), 8)
    assert "'trafficking'" in first.what
    assert first.spot.file == "always.yaml"
    assert first.messages == ("0",)


# The command --------------------------------------------------------------------------------


def _run(flows: Flows, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, flows.arguments(*more))
    return result.exit_code, result.output


def test_the_command_tells_what_is_kept(flows: Flows) -> None:
    """A line for each promise, how much was walked, the gaps; exit code 0."""
    code, said = _run(flows, "--gaps")
    assert code == 0, said
    lines = said.splitlines()
    assert [line[0] for line in lines[:8]] == [str(number) for number in PROMISES]
    assert all("  ok  " in line for line in lines[:8])
    assert "supply gaps: " in said


def _ends_at_once(flows: Flows) -> Flows:
    return flows.edit("{card:emergency-911-voice}.", "a friend.").edit("then: hello", "then: bye")


def test_the_command_shows_what_is_broken(flows: Flows) -> None:
    """The sentence with file and line, then the conversation; exit code 1."""
    code, said = _run(_ends_at_once(flows))
    assert code == 1
    assert "\nstart.yaml:6: after 'start/hello' it ends, and no contact was shown" in said
    assert "they write: 2\nbot says:\n    In danger? Call a friend." in said


def test_the_command_shows_a_few_of_many(flows: Flows) -> None:
    """At most five of one promise, and how many more there are."""
    steps = "".join(f'  s{n}:\n    say: "{n}"\n    then: s{n + 1}\n\n' for n in range(7))
    steps += '  s7:\n    say: "7"\n    then: places\n\n'
    flows.edit("cases: {minor: young}", "cases: {minor: young, unsaid: s0}")
    _, said = _run(flows.edit("  places:\n", f"{steps}  places:\n"))
    assert said.count("no conversation comes to") == 5
    assert "and 3 more breaks of promise 4" in said


def test_the_command_writes_json(flows: Flows) -> None:
    """The same report with stable keys."""
    code, said = _run(_ends_at_once(flows), "--json")
    assert code == 1
    found: dict[str, Any] = json.loads(said)
    assert set(found) == {"languages", "states", "messages", "promises", "gaps"}
    kept = {each["number"]: each["kept"] for each in found["promises"]}
    assert kept == {number: number != 3 for number in PROMISES}
    first = found["promises"][2]["breaks"][0]
    assert (first["file"], first["line"]) == ("start.yaml", 6)
    assert first["messages"] == ["hi", "2"]


def test_the_command_lists_the_problems_of_files(flows: Flows) -> None:
    """What cannot be loaded cannot be proven; exit code 2."""
    code, said = _run(flows.edit("go: who}", "go: whoo}"))
    assert code == 2
    assert "there is no step 'start/whoo'" in said
