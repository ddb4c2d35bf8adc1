"""Walking all conversations in one language, breadth first, by the real engine.

What breaks a promise is so found by the shortest conversation there is. Where a menu leaves the
language, the walk comes back by the language's own name: the time grows with the languages, not
with their square.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.channels import plain
from bot.fields import VARIANTS
from bot.findings import (
    BANNED,
    CONTACT_WITHIN,
    UNCLEAR,
    WALKED_MOST,
    Answered,
    AstrayError,
    Findings,
    Visit,
    answer,
    texts_of,
)
from bot.matching import fold, phrases
from bot.model import (
    MISSES_MOST,
    SPOKEN,
    Ask,
    AskPlace,
    Language,
    State,
    StepId,
    Text,
)
from bot.projection import Key

# A message (and the name of the language, where it leaves it), whether the answer shows a
# contact, and where it leads: None is an end.
_Way = tuple[tuple[str, ...], bool, Key | None]


class Walk:
    """All conversations in one language."""

    def __init__(self, proof: Findings, language: Language) -> None:
        self.proof, self.book, self.language = proof, proof.book, language
        self.words = words = proof.book.words[language]
        named = (word for word, to in words.commands.items() if to == f"language:{language}")
        self.name = next(named, "")
        self.banned = tuple(phrases(proof.says(Text(BANNED), language)))
        self.visits: dict[Key, Visit] = {}
        self.todo: list[tuple[Key, State, Visit]] = []
        self.menus: dict[Key, list[_Way]] = {}
        self.steps: set[StepId] = set()
        self.start: tuple[Key, tuple[str, ...]] | None = None  # where no contact is shown yet

    def all(self) -> None:
        self.begin()
        for key, state, visit in self.todo:  # which grows meanwhile
            self.menus[key] = list(self.by_menu(state, visit))
            self.by_word(state, visit)
            if state.step not in self.steps:
                self.steps.add(state.step)
                self.every_danger(state.step, visit)
        if self.start is not None:
            self.soon(*self.start)
        for promise in (1, 2, 6):
            self.proof.walked[promise]["states"] += len(self.visits)

    def hear(self, visit: Visit, message: str) -> Answered | None:
        """Send one message. None: the engine cannot answer it, which breaks promise 4."""
        said = (*visit.said, message)
        self.proof.messages += 1
        at = visit.state.step if visit.state else self.book.landing
        try:
            outcome = answer(self.book, visit.state, message, self.language)
            if outcome.language not in self.book.words:
                raise LookupError(f"no catalog '{outcome.language}'")
        except AstrayError:
            what = f"a message at '{at}' walks over {WALKED_MOST} steps; ask something between"
        except Exception as error:  # whatever it is, somebody would be left without an answer
            cause = f"{type(error).__name__}: {error}"
            what = f"a message at '{at}' cannot be answered ({cause}); add what is missing"
        else:
            return self.proof.turn(outcome, said)
        self.broken(4, at, what, said)
        return None

    def broken(self, promise: int, at: str, what: str, said: tuple[str, ...]) -> None:
        self.proof.broken(promise, at, what, said, self.language)

    def come(self, visit: Visit) -> Key | None:
        """Note where a message has led. None: to the end, or for good to another language."""
        if visit.state is not None and visit.state.language != self.language and self.name:
            named = self.hear(visit, self.name)
            visit = named.after if named else Visit(None)
        if visit.state is None or visit.state.language != self.language:
            return None
        key = self.proof.projected(visit.state)
        if key not in self.visits:
            self.visits[key] = visit
            self.todo.append((key, visit.state, visit))
        return key

    # The first message -------------------------------------------------------------------

    def begin(self) -> None:
        """Open the conversation; give nothing away before it is safe (promise 8)."""
        new, at = Visit(None), self.book.landing
        words = ("hi", "0", "9", *sorted(self.words.tells), "")
        turns = {word: self.hear(new, word) for word in words}
        own = [turn for turn in turns.values() if turn and turn.outcome.language == self.language]
        hello = next((turn for turn in own if turn.after.state and not turn.help), None)
        greeted = turns[""]  # by a question that the landing may only lead to
        asks = greeted.after.state.step if greeted and greeted.after.state else at
        self.helps(asks, turns["0"])
        self.leaves(at, turns["9"])
        if hello is not None:
            key = self.come(hello.after)
            self.start = (key, hello.after.said) if key and not hello.contact else None
            own += self.unclear(hello.after)
            own += filter(None, (self.hear(hello.after, word) for word in ("0", "8", "9")))
        self.in_danger(at, new, min(self.words.danger, default=""))
        for turn in own:
            if not turn.emergency:  # whoever tells of danger is answered at once
                self.quiet(turn)

    def quiet(self, turn: Answered) -> None:
        """Promise 8. Words of Latin letters are looked for as words, others also inside them."""
        self.proof.walked[8]["answers"] += bool(self.banned)
        for reply in turn.outcome.replies if self.banned else ():
            for variant in VARIANTS:
                lines = plain.lines(reply, self.proof.catalog, self.language, (variant,))
                said = f" {fold(' '.join(lines))} "
                for word in self.banned:
                    if (f" {word} " if word.isascii() else word) in said:
                        what = f"in {self.language}, '{word}' is said before anybody is safe"
                        at = reply.texts[0].id if reply.texts else self.book.landing
                        self.broken(8, at, f"{what}; use another word", turn.after.said)

    # Menus -------------------------------------------------------------------------------

    def by_menu(self, state: State, visit: Visit) -> Iterator[_Way]:
        """Every choice and every place."""
        here = self.proof.written.steps[state.step]
        if not isinstance(here, Ask | AskPlace):
            return
        digits = [str(n) for n in range(1, 1 + len(state.maybe or here.choices))]
        asks = isinstance(here, AskPlace) and not state.maybe
        if asks:
            known = dict(state.answers)
            who = known.get("need", ""), known.get("age", ""), self.language
            self.proof.asked.setdefault(who, visit.said)
        for message in (*digits, *(self.proof.places if asks else ())):
            turn = self.hear(visit, message)
            if turn and turn.after.state and turn.after.state.misses:
                continue  # the digit of "more", where there is no more
            if message in digits and not state.maybe:
                self.proof.chosen.add((here.id, int(message) - 1))
            if turn is None:
                continue
            key = self.come(turn.after)
            after = turn.after.state
            if key is not None or after is None:
                left = after is not None and after.language != self.language
                yield (message, self.name) if left else (message,), turn.contact, key

    def soon(self, start: Key, said: tuple[str, ...]) -> None:
        """Promise 3: what can be come to without having seen a contact, message by message.

        The name of the language, which no menu asks for, is not counted.
        """
        bare = {start: said}
        for _ in range(len(said), CONTACT_WITHIN):
            self.proof.walked[3]["states"] += len(bare)
            bare = self.still_bare(bare)
        for key, spoken in bare.items():
            what = f"at '{key[0]}', {CONTACT_WITHIN} messages have shown no contact"
            self.broken(3, key[0], f"{what}; show one sooner, or ask less", spoken)

    def still_bare(self, bare: Mapping[Key, tuple[str, ...]]) -> dict[Key, tuple[str, ...]]:
        """One message further. A town that is asked back takes one message more, a list of
        languages one for each page.
        """
        further: dict[Key, tuple[str, ...]] = {}
        todo = list(bare.items())
        free = set(bare)  # what was come to by moves that do not count
        for key, said in todo:
            for messages, contact, to in self.menus.get(key, ()):
                spoken = (*said, *messages)
                if contact:
                    continue
                if to is None:
                    what = f"after '{key[0]}' it ends, and no contact was shown; show one before"
                    self.broken(3, key[0], what, spoken)
                elif to[3] or self.lists_languages(key[0]) or self.lists_languages(to[0]):
                    if to not in free:
                        free.add(to)
                        todo.append((to, spoken))
                else:
                    further.setdefault(to, spoken)
        return further

    def lists_languages(self, id: StepId) -> bool:
        """Whether a question asks only for a language: all choices, but for "more" of them."""
        here = self.proof.written.steps[id]
        choices = here.choices if isinstance(here, Ask) else ()
        named = [each for each in choices if dict(each.sets).get("language", SPOKEN) != SPOKEN]
        return bool(named) and len(named) >= len(choices) - 1

    # What works everywhere ---------------------------------------------------------------

    def by_word(self, state: State, visit: Visit) -> None:
        at = state.step
        self.helps(at, self.hear(visit, "0"), state)
        self.leaves(at, self.hear(visit, "9"))
        self.unclear(visit)
        self.in_danger(at, visit, min(self.words.danger, default=""))
        self.goes_back(state, self.hear(visit, "8"))

    def goes_back(self, before: State, turn: Answered | None) -> None:
        """Promise 6: to the question before; where there is none, and after a town that was
        asked back, to the same.
        """
        here = before.maybe or not before.trail
        to = before.step if here else before.trail[-1]
        if turn and (turn.after.state is None or turn.after.state.step != to):
            what = f"at '{before.step}', 8 does not go back; keep 8 free"
            self.broken(6, before.step, what, turn.after.said)
        elif turn:
            self.come(turn.after)

    def helps(self, at: StepId, turn: Answered | None, before: State | None = None) -> None:
        """Promise 1. A town that was asked back is asked for again."""
        if turn is None:
            return
        after = turn.after.state
        if not turn.help:
            what = f"at '{at}', 0 does not show the help line; give it a number, and keep 0 free"
            self.broken(1, at, what, turn.after.said)
        elif after is None or after.step != at or (before and _bare(after) != _bare(before)):
            what = f"at '{at}', the conversation does not go on after 0; keep 0 free"
            self.broken(1, at, what, turn.after.said)

    def leaves(self, at: StepId, turn: Answered | None) -> None:
        """Promise 2."""
        if turn and (turn.after.state is not None or not any(texts_of(turn.outcome))):
            what = f"at '{at}', 9 does not leave; keep 9 free, and say something"
            self.broken(2, at, what, turn.after.said)

    def unclear(self, visit: Visit) -> list[Answered]:
        """Promise 6: at the third unclear message the help line, and the question stays."""
        turns: list[Answered] = []
        for _ in range(MISSES_MOST):
            turn = self.hear(visit, UNCLEAR)
            at = visit.state.step if visit.state else self.book.landing
            if turn is None:
                return turns
            if turn.after.state is None or turn.after.state.step != at:
                what = f"at '{at}', '{UNCLEAR}' is taken for an answer; give each choice words"
                self.broken(6, at, what, turn.after.said)
                return turns
            turns.append(turn)
            visit = turn.after
        if not turns[-1].help:
            what = f"at '{at}', {MISSES_MOST} unclear messages do not show the help line"
            self.broken(6, at, f"{what}; give it a number", visit.said)
        return turns

    def in_danger(self, at: StepId, visit: Visit, phrase: str) -> None:
        """Promise 6: words of danger show the emergency contact."""
        turn = self.hear(visit, phrase)
        if turn is None:
            return
        if not turn.emergency:
            what = f"at '{at}', in {self.language}, '{phrase}' does not show the emergency contact"
            self.broken(6, at, f"{what}; take it out of other words", turn.after.said)
        self.come(turn.after)

    def every_danger(self, at: StepId, visit: Visit) -> None:
        """Each phrase of this language, and one of each other, once at every question."""
        others = (words.danger for words in self.book.words.values() if words is not self.words)
        for phrase in sorted(self.words.danger) + [min(each) for each in others if each]:
            self.proof.walked[6]["phrases"] += 1
            self.in_danger(at, visit, phrase)


def _bare(state: State) -> State:
    return state._replace(maybe=(), misses=0, counted=0)
