"""What a person meant: forgiving where it is safe, and never guessing where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import matching
from bot.load import Program
from bot.matching import OUTSIDE, choose, find_places, fold, tell_language
from bot.model import HEARD_MOST, SOURCE, Ask, AskPlace, Language, Place, StepId, Words

NOBODY: frozenset[str] = frozenset()
NOT = frozenset({"no", "not"})
WORDS = Words({}, {}, NOBODY, {"one": 1, "two": 2}, NOT, NOT, NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        (" ¿SÍ? ", "si"),
        ("Straße", "strasse"),
        ("٣", "3"),
        ("３", "3"),
        ("३", "3"),
        ("1️⃣", "1"),
        ("２.", "2"),
        ("ÑANDÚ", "nandu"),
        ("don't", "dont"),
        ("I’m", "im"),
        ("\u200f1\u200e", "1"),
        ("नमस्ते", "नमस्ते"),
        ("ไทย", "ไทย"),
        ("مَرْحَبًا", "مرحبا"),
        ("🙂", ""),
        ("", ""),
    ],
)
def test_folding_keeps_what_matters(typed: str, folded: str) -> None:
    assert fold(typed) == fold(folded) == folded or fold(typed) == fold(folded)


@given(st.text(max_size=2000))
def test_folding_is_stable_bounded_and_never_fails(typed: str) -> None:
    folded = fold(typed)
    assert fold(folded) == folded or len(folded) >= HEARD_MOST
    assert len(folded) <= 20 * HEARD_MOST  # one sign may unfold to several letters


def known_of(
    program: Program, step: str, language: str = "en"
) -> tuple[dict[str, int], Words, int]:
    words = program.book.words[Language(language)]
    here = program.book.steps[StepId(step)]
    assert isinstance(here, Ask | AskPlace)
    return dict(words.choices[StepId(step)]), words, len(here.choices)


@pytest.mark.parametrize(
    ("step", "typed", "choice"),
    [
        ("what/mine", "3", 2),
        ("what/mine", "three", 2),
        ("what/mine", "A place to stay, food", 3),
        ("what/mine", "a palce to stay", 3),
        ("what/mine", "i need a place to sleep tonight", 3),
        ("what/mine", "LAWYER!!", 4),
        ("what/mine", "lawer", 4),
        ("what/mine", "my boss does not pay", 0),  # nearly a phrase of the choice
        ("what/mine", "i do not need food", None),  # a "not": asked again
        ("what/mine", "immigration and food", None),  # two meanings
        ("what/mine", "8", None),
        ("what/mine", "qwxz", None),
        ("start/hello", "yes!", 0),
        ("start/hello", "yess", None),  # three letters and a slip could be anything
        ("start/hello", "not safe", 4),
        ("start/hello", "it is not safe", 4),
        ("start/hello", "no, he is here", 4),
        ("start/hello", "i dont think it is safe", None),
        ("start/hello", "sí, en español", 1),
        ("start/whom", "i am 17", 1),
        ("start/whom", "my friend", 3),
    ],
)
def test_a_choice_is_understood_or_asked_again(
    step: str, typed: str, choice: int | None, shipped: Program
) -> None:
    known, words, count = known_of(shipped, step)
    assert choose(fold(typed), known, count, words) == choice


def test_not_safe_never_means_safe(shipped: Program) -> None:
    """The one misunderstanding that could cost most."""
    known, words, count = known_of(shipped, "start/hello")
    said = (
        "not safe", "no its not safe", "it isnt safe", "isn't safe", "not ok", "it's not ok now",
        "never safe", "not now", "cant talk not safe", "don't think so", "no i am not safe",
        "i am not ok", "safe? no", "no, not safe here", "not really safe",
    )  # fmt: skip
    for typed in said:
        assert choose(fold(typed), known, count, words) in {4, None}, typed


# Known to be left: nothing is guessed for "safe" alone, which is asked again.
@pytest.mark.parametrize(
    "typed",
    [
        "npt safe", "nto safe", "noy safe", "nit safe", "nit ok", "aint safe", "it is unsafe",
        "hardly safe", "its ok when hes gone", "it is safe when he sleeps", "its ok after 5",
        "yes please later", "hot safe", "noot safe", "ot safe", "bot safe", "safe",
        "its ok can't talk", "it isn’t safe", "im ot alone", "he is ot here", "not fine",
        "its ok but he is next door", "safe until he is back",
    ],
)  # fmt: skip
def test_a_mistyped_or_doubted_yes_is_no_yes(typed: str, shipped: Program) -> None:
    known, words, count = known_of(shipped, "start/hello")
    assert choose(fold(typed), known, count, words) in {4, None}


@pytest.mark.parametrize(
    ("step", "typed", "choice"),
    [
        ("start/hello_own", "mo todo bien", None),
        ("start/hello_own", "es seguro cuando duerme", None),
        ("help/next", "o policia", None),
        ("help/next", "mo policia", None),
        ("start/whom", "soy una chica", 2),
        ("start/whom", "mi amiga tiene 15", None),
        ("start/whom", "mi hija tiene 20", None),
        ("start/whom", "mi esposo me pega", 2),
        ("start/whom", "necesito doctor", 2),
    ],
)
def test_spanish_is_not_guessed_at_either(
    step: str, typed: str, choice: int | None, shipped: Program
) -> None:
    known, words, count = known_of(shipped, step, "es")
    assert choose(fold(typed), known, count, words) == choice


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("im a teen", 1),
        ("i'm fifteen", 1),
        ("im 12", 1),
        ("me 15", 1),
        ("not 18 yet", 1),
        ("im a student", 2),
        ("im a girl", 2),
        ("my friend is 15", None),
        ("my sister is 12", None),
        ("my girlfriend is 16", None),
        ("my daughter is 22", None),
        ("my boyfriend hits me", 2),
        ("i need a social worker", 2),
        ("my teacher", None),
        ("i am a doctor", 5),
        ("18", 0),
        ("im 19", 0),
        ("18+", 0),
        ("its me", 0),
    ],
)
def test_an_age_is_never_taken_from_beside_a_word(
    typed: str, choice: int | None, shipped: Program
) -> None:
    """Under 18 or not decides what is offered, and what must be reported."""
    known, words, count = known_of(shipped, "start/whom")
    assert choose(fold(typed), known, count, words) == choice


@pytest.mark.parametrize(
    ("typed", "towns"),
    [
        ("Watebury", {"Waterbury"}),
        ("waterbury ct", {"Waterbury"}),
        ("W Hartford", {"West Hartford"}),
        ("w. hartford", {"West Hartford"}),
        ("storrs", {"Mansfield"}),
        ("06511", {"New Haven"}),
        ("06511-1234", {"New Haven"}),
        ("i live in new haven", {"New Haven"}),
        ("NEW HAVEN!!!", {"New Haven"}),
        ("Bridgport", {"Bridgeport"}),
        ("willimantic", {"Willimantic"}),
        ("Windham", {"Windham", "Willimantic"}),
        ("mystic", {"Groton", "Stonington"}),
        ("canaan", {"Canaan", "North Canaan"}),
        ("hartford ct", {"Hartford"}),
        ("near hartford", {"Hartford"}),
        ("in hartford", {"Hartford"}),
        ("wst hartford", {"West Hartford", "Hartford"}),
        ("6103", {"Hartford"}),
        ("06999", set()),
        ("uconn", {"Mansfield"}),
        ("zzzz", set()),
        ("", set()),
        ("hi", set()),
    ],
)
def test_a_place_is_found_through_slips(typed: str, towns: set[str], shipped: Program) -> None:
    words = shipped.book.words[SOURCE]
    found = find_places(fold(typed), shipped.book.directory.places, words.outside)
    assert set(found) == towns


@pytest.mark.parametrize(
    "typed",
    [
        "New York", "10001", "i am in boston", "Rhode Island", "99999", "bristol ri",
        "portland me", "port chester", "springfield mass", "nj", "i am not in connecticut",
    ],
)  # fmt: skip
def test_elsewhere_is_understood_as_elsewhere(typed: str, shipped: Program) -> None:
    words = shipped.book.words[SOURCE]
    found = find_places(fold(typed), shipped.book.directory.places, words.outside)
    assert found == (OUTSIDE,)


def test_every_town_is_found_by_its_name_and_by_a_slip(shipped: Program) -> None:
    """A name of six letters and more with two letters swapped still leads there."""
    directory = shipped.book.directory
    outside = shipped.book.words[SOURCE].outside
    assert len(directory.towns) > 169
    for town in directory.towns:
        assert town in find_places(fold(town), directory.places, outside), town
        if len(town) >= 6:
            slip = town[:2] + town[3] + town[2] + town[4:]
            assert town in find_places(fold(slip), directory.places, outside), slip


def test_a_zip_of_connecticut_is_never_elsewhere(shipped: Program) -> None:
    places = shipped.book.directory.places
    assert len(places.zips) > 400
    for code in places.zips:
        assert Place(OUTSIDE) not in find_places(code, places, NOBODY)


def test_a_first_message_tells_its_language_by_its_own_words() -> None:
    tells = {"hello": SOURCE, "help": SOURCE, "hola": Language("es"), "ayuda": Language("es")}

    def tell(text: str, otherwise: Language) -> Language:
        return tell_language(text, fold(text), tells, lambda _, expected: expected, otherwise)

    assert tell("hola", SOURCE) == "es"
    assert tell("hola hello", Language("fr")) == "fr"  # as many of each: as before
    assert tell("xyz", Language("es")) == "es"
    assert tell("", SOURCE) == "en"


def test_danger_is_heard_inside_a_sentence_but_not_inside_a_word() -> None:
    alarms = {"has a gun": (SOURCE,), "sos": (SOURCE, Language("es"))}
    assert matching.danger("help he has a gun now", alarms, Language("es")) == "en"
    assert matching.danger("he has a gunther", alarms, SOURCE) is None
    assert matching.danger("sos", alarms, Language("es")) == "es"


# Known to be missed still: words of danger that are mistyped ("he has a gnu"), and a denial of
# one thing that holds another's words ("after he said dont call 911 now" is no alarm).
@pytest.mark.parametrize(
    "typed",
    [
        "I'm in danger", "I’m locked in", "hes got a gun", "gun to my head", "he stabbed me",
        "he will kill my kids", "he will hurt my kids", "hes raping me", "cant get out",
        "i wanna die", "kms", "suicidal", "i dont want to live", "i really want to die",
        "took all my pills", "im bleeding", "can't breathe", "sos", "9-1-1", "send police",
        "we are in danger", "no, im in danger", "but im in danger", "until im bleeding", "911",
        "ya no quiero vivir", "quisiera morirme", "va a matar a mis hijos", "me va a golpear",
        "le va a hacer daño a mis hijos", "tiene armas", "llamen a la policia", "auxilio",
        "auxilio por favor", "no, me va a matar", "pero me quiere matar",
    ],
)  # fmt: skip
def test_danger_is_heard(typed: str, shipped: Program) -> None:
    assert matching.danger(fold(typed), shipped.book.alarms, SOURCE) is not None


# Known to be taken for danger still: what is over ("he tried to kill me last year"), and what
# others have ("my mom had a heart attack"). One line too many there costs less than one too few.
@pytest.mark.parametrize(
    "typed",
    [
        "he found me a job", "they found me work and took my papers", "emergency shelter",
        "i dont want to die", "dont call 911", "please do not call 911", "he used to hit me",
        "he stopped hitting me", "i was kidnapped in 2010", "overdose training",
        "i am not in danger", "nobody is hitting me", "help us find a lawyer", "vos sos mi amigo",
    ],
)  # fmt: skip
def test_what_is_no_danger_does_not_sound_the_alarm(typed: str, shipped: Program) -> None:
    assert matching.danger(fold(typed), shipped.book.alarms, SOURCE) is None


@given(st.text(alphabet="abc 123", max_size=60))
def test_choosing_never_names_a_choice_that_is_not_there(heard: str) -> None:
    chosen = choose(fold(heard), {"abc": 0, "cab a": 1, "b": 9}, 2, WORDS)
    assert chosen in {None, 0, 1}
