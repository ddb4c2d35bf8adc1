"""Who is offered to whom, in which order, and why. Never empty, never police unasked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from bot import clock, referral
from bot.load import Program
from bot.model import (
    AGES,
    SOURCE,
    WEEK,
    Answer,
    Book,
    Finds,
    Language,
    Offer,
    Phone,
    Service,
)
from bot.offers import cards, contacts_for, make_offer, spoken_fit
from bot.referral import Judge, best, index, openness

NOON = clock.parse("Wed 12:00")
NIGHT = clock.parse("Sun 03:00")
ES, PL = Language("es"), Language("pl")
NEEDS = Answer(
    "need", ("bed",), True, {"bed": Finds(("shelter", "food_basic_needs"), ("shelter",))}
)


def phone(last: int, languages: str = "en", kind: str = "voice", sure: str = "high") -> Phone:
    tags = frozenset(languages.split()) - {"interpreter"}
    number = f"+1860555{last:04}"
    return Phone(number, kind, tags, "interpreter" in languages, sure, "a page", "2026", number)


def service(id: str, last: int = 100, **changes: object) -> Service:
    made = Service(
        id=id, organization=id, name=id, kind="shelter", needs=frozenset({"shelter"}),
        phones=(phone(last),), hours=((0, WEEK),), minimum_age=None, maximum_age=None,
        areas=frozenset({"CT"}), police_contact="unknown", mandated_reporter="unknown",
        confidence="high", status="active", source="a page", date="2026", verified="", line=1,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of Service, by name


def book(program: Program, *services: Service) -> Book:
    """The shipped book with other services."""
    line = program.book.help_line
    known = {each.id: each for each in services}
    known[line] = program.book.directory.services[line]
    directory = replace(program.book.directory, services=known)
    languages = (SOURCE, ES, PL)
    judge = Judge(line, lambda each: each.date == "2010")
    return replace(
        program.book,
        directory=directory,
        offers=index(directory, NEEDS, languages, judge),
        cards=cards(directory, languages, line, line),
    )


def ids(offers: tuple[Offer, ...]) -> list[str]:
    return [offer.service for offer in offers]


def order(program: Program, first: Service, second: Service, **asked: object) -> list[str]:
    """Both services as offered, whichever way round the directory has them."""
    wanted = {"need": "bed", "town": "Bridgeport", "age": "adult", "language": SOURCE, "now": NOON}
    found = [
        ids(best(book(program, *pair), **{**wanted, **asked}))  # type: ignore[arg-type]
        for pair in ((first, second), (second, first))
    ]
    assert found[0] == found[1]
    return found[0]


A, B = "a-comes-later", "b-comes-first"  # the id decides last, and would put A first


@pytest.mark.parametrize(
    ("worse", "better", "asked"),
    [
        ({"kind": "hotline"}, {}, {}),
        ({"needs": frozenset({"food_basic_needs"})}, {}, {}),
        ({"confidence": "low"}, {"areas": frozenset({"US"})}, {}),
        ({"status": "reduced"}, {}, {}),
        ({}, {"areas": frozenset({"Bridgeport"})}, {}),
        ({}, {"areas": frozenset({"Fairfield County"})}, {}),
        ({"areas": frozenset({"Fairfield County"})}, {"areas": frozenset({"Bridgeport"})}, {}),
        ({"areas": frozenset({"US"})}, {}, {}),
        ({"maximum_age": 24}, {"minimum_age": 18}, {}),
        ({}, {"phones": (phone(1, "es"),)}, {"language": ES}),
        ({}, {"phones": (phone(1, "en interpreter"),)}, {"language": PL}),
        (
            {"phones": (phone(1, "en interpreter"),)},
            {"phones": (phone(2, "pl"),)},
            {"language": PL},
        ),
        ({"hours": ((0, 60),)}, {}, {}),
        ({"hours": None}, {}, {}),
        ({"hours": ((0, 60),)}, {"hours": None}, {}),
        ({"police_contact": "yes"}, {"police_contact": "unknown"}, {}),
        ({"police_contact": "optional"}, {"police_contact": "none"}, {}),
        ({"date": "2010"}, {}, {}),
    ],
)
def test_the_better_fit_comes_first(
    worse: dict[str, object],
    better: dict[str, object],
    asked: dict[str, object],
    shipped: Program,
) -> None:
    first, second = service(A, 100, **worse), service(B, 101, **better)
    assert order(shipped, first, second, **asked)[:2] == [B, A]


def test_wishes_are_given_up_in_the_stated_order(shipped: Program) -> None:
    """Near before language, language before the hour, the hour before what a call means."""
    near = service(A, 100, areas=frozenset({"Bridgeport"}))
    spoken = service(B, 101, phones=(phone(101, "es"),))
    assert order(shipped, near, spoken, language=ES)[0] == A
    closed = service(A, 100, phones=(phone(100, "es"),), hours=((0, 60),))
    assert order(shipped, closed, service(B, 101), language=ES)[0] == A
    police = service(A, 100, police_contact="yes")
    quiet = service(B, 101, police_contact="none", hours=((0, 60),))
    assert order(shipped, police, quiet)[0] == A


def test_an_age_limit_is_never_given_up(shipped: Program) -> None:
    adults = service("adults", 100, minimum_age=18)
    young = service("young", 101, maximum_age=17)
    made = book(shipped, adults, young)
    assert ids(best(made, "bed", "", "minor", SOURCE, NOON)) == ["young"]
    assert ids(best(made, "bed", "", "adult", SOURCE, NOON)) == ["adults"]
    assert set(ids(best(made, "bed", "", "unsaid", SOURCE, NOON))) == {"adults", "young"}


def test_it_is_never_empty_and_a_doubtful_record_is_never_alone(shipped: Program) -> None:
    line = shipped.book.help_line
    assert ids(best(book(shipped), "bed", "Hartford", "adult", SOURCE, NOON)) == [line]
    assert ids(best(shipped.book, "no such need", "", "", SOURCE, NOON)) == [line]
    doubtful = book(shipped, service("doubtful", confidence="low"))
    assert ids(best(doubtful, "bed", "", "adult", SOURCE, NOON)) == ["doubtful", line]


def test_without_a_number_there_is_no_referral(shipped: Program) -> None:
    for phones in ((), (phone(1, kind="fax"),), (phone(1, kind="tty"),)):
        made = book(shipped, service("silent", phones=phones), service("closed", status="closed"))
        assert ids(best(made, "bed", "", "adult", SOURCE, NOON)) == [shipped.book.help_line]


def test_one_line_answered_by_several_agencies_is_offered_once(shipped: Program) -> None:
    made = book(shipped, service("one", 100), service("two", 100), service("three", 101))
    assert ids(best(made, "bed", "", "adult", SOURCE, NOON)) == ["one", "three"]


def test_outside_connecticut_only_national_services(shipped: Program) -> None:
    made = book(shipped, service("state"), service("nation", 101, areas=frozenset({"US"})))
    assert ids(best(made, "bed", "outside", "adult", SOURCE, NOON)) == ["nation"]
    assert ids(best(made, "bed", "", "adult", SOURCE, NOON)) == ["state", "nation"]


def test_a_part_of_a_town_has_the_services_of_its_town(shipped: Program) -> None:
    made = book(shipped, service("windham", areas=frozenset({"Windham"})))
    assert ids(best(made, "bed", "Willimantic", "adult", SOURCE, NOON)) == ["windham"]


@pytest.mark.parametrize(
    ("hours", "open"),
    [
        (None, 1),
        (((0, WEEK),), 0),
        (((NOON, NOON + 1),), 0),
        (((NOON - 60, NOON),), 2),
        (((NOON + 1, NOON + 60),), 2),
    ],
)
def test_open_means_from_opening_until_closing(
    hours: tuple[tuple[int, int], ...] | None, open: int
) -> None:
    assert openness(hours, NOON) == open


def test_what_is_closed_says_when_it_opens_also_over_the_week_s_end(shipped: Program) -> None:
    opens = clock.parse("Mon 09:00")
    made = book(shipped, service("later", hours=((opens, opens + 60),)))
    for now in (NOON, NIGHT):
        offer = best(made, "bed", "", "adult", SOURCE, now)[0]
        assert ("opens", str(opens)) in offer.why[-1].args


def shipped_lists(program: Program) -> Iterator[tuple[str, tuple[Offer, ...]]]:
    book = program.book
    towns = ["", "outside", *book.directory.towns]
    for need, town, age in product(book.answers["need"].values, towns, AGES):
        yield f"{need} {town} {age}", best(book, need, town, age, SOURCE, NIGHT)


def test_no_police_and_no_immigration_enforcement_is_ever_offered_unasked(
    shipped: Program,
) -> None:
    services = shipped.book.directory.services
    police = {id for id, each in services.items() if each.kind == "police"}
    assert {"emergency-911-voice", "fbi-tips", "hsi-tip-line"} <= police
    lists = 0
    for asked, offers in shipped_lists(shipped):
        lists += 1
        assert not police & set(ids(offers)), asked
    assert lists > 8_000


def test_every_combination_is_referred_somewhere_that_can_be_reached(shipped: Program) -> None:
    for asked, offers in shipped_lists(shipped):
        assert offers, asked
        assert all(offer.contacts for offer in offers), asked
        assert not all(offer.doubtful for offer in offers), asked


def test_what_a_call_means_is_said_with_every_provider(shipped: Program) -> None:
    for _, offers in shipped_lists(shipped):
        for offer in offers:
            assert any("police_" in text.id for text in offer.before), offer.service


def test_young_people_always_hear_of_reports_before_the_number() -> None:
    for said, told in (("yes", True), ("unknown", True), ("no", False)):
        offer = make_offer(service("a", mandated_reporter=said), "minor", SOURCE)
        assert any("reports" in text.id for text in offer.before) == told
    adult = make_offer(service("a", mandated_reporter="yes"), "adult", SOURCE)
    assert not any("reports" in text.id for text in adult.before)


def test_what_is_not_known_is_said_so(shipped: Program) -> None:
    """Hours that nobody knows, and whether they must report: neither silence nor a guess."""
    only = service("a", hours=None)
    offer = best(book(shipped, only), "bed", "Bridgeport", "minor", SOURCE, NIGHT)[0]
    assert "always/phrases/hours_unknown" in {text.id for text in offer.why}
    assert "always/phrases/reports_unknown" in {text.id for text in offer.before}


def test_a_line_for_the_young_comes_first_for_somebody_under_18(shipped: Program) -> None:
    line = service(A, 100, kind="hotline", needs=frozenset({"child", "youth", "shelter"}))
    shelter = service(B, 101)
    assert order(shipped, line, shelter, age="minor")[0] == A
    assert order(shipped, line, shelter, age="adult")[0] == B


def test_a_contact_is_chosen_for_the_language() -> None:
    phones = (
        phone(1, "en"), phone(2, "es", sure="medium"), phone(3, "en interpreter"),
        phone(4, "en", kind="text"), phone(5, "en es", kind="text"),
    )  # fmt: skip
    english = contacts_for(phones, SOURCE)
    assert [(c.number[-1], c.kind, c.say) for c in english] == [
        ("1", "voice", False),
        ("4", "text", False),
    ]
    spanish = contacts_for(phones, ES)
    assert [(c.number[-1], c.kind, c.say) for c in spanish] == [
        ("2", "voice", False),
        ("5", "text", False),
    ]
    polish = contacts_for(phones, PL)
    assert [(c.number[-1], c.kind, c.say) for c in polish] == [("3", "voice", True)]


def test_a_line_that_may_speak_only_english_says_so() -> None:
    assert spoken_fit(service("a"), ES) == 2
    offer = make_offer(service("a"), "adult", ES)
    assert "english_only" in offer.before[-1].id


def test_the_order_does_not_depend_on_how_many_services_there_are(shipped: Program) -> None:
    """Ranking looks at the best of each area, not at all of them."""
    many = [service(f"s{n:04}", n, hours=((NOON, NOON + 1),)) for n in range(100, 200)]
    made = book(shipped, *many, service("zz-best", 99, police_contact="none"))
    assert ids(best(made, "bed", "", "adult", SOURCE, NOON))[0] == "zz-best"
    for key, ranked in made.offers.items():
        assert len(ranked) <= 2 * referral.KEPT_MOST, key
