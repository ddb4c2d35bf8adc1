"""A book with many more flows, or many more services, that holds the same conversation.

Rule 1: as the program itself would build it: copied steps and their words are looked up by their
own names, copied services are ranked anew, and none is dropped as another's repeat.
Rule 2: what is copied is never the conversation's own path, so a larger book costs only by
its size.
"""

from __future__ import annotations

from dataclasses import replace

from bot import referral
from bot.model import (
    Ask,
    AskPlace,
    Book,
    Branch,
    End,
    Phone,
    Service,
    Step,
    StepId,
)


def more_flows(book: Book, times: int) -> Book:
    """The book with every step, and the words of every question, copied under other names."""
    steps, words = dict(book.steps), {key: dict(each.choices) for key, each in book.words.items()}
    for number in range(1, times):
        prefix = f"copy{number}:"
        for step in book.steps.values():
            copied = _renamed(step, prefix)
            steps[copied.id] = copied
        for language, known in book.words.items():
            words[language] |= {StepId(prefix + id): heard for id, heard in known.choices.items()}
    taught = {key: replace(each, choices=words[key]) for key, each in book.words.items()}
    return replace(book, steps=steps, words=taught)


def _renamed(step: Step, prefix: str) -> Step:
    """A step under another name, that leads to steps under other names."""

    def name(id: StepId) -> StepId:
        return StepId(prefix + id)

    if isinstance(step, Branch):
        cases = {value: name(go) for value, go in step.cases.items()}
        return replace(step, id=name(step.id), cases=cases, otherwise=name(step.otherwise))
    if isinstance(step, Ask | AskPlace):
        choices = tuple(replace(choice, go=name(choice.go)) for choice in step.choices)
        asked = replace(step, id=name(step.id), origin=name(step.origin), choices=choices)
        return replace(asked, then=name(asked.then)) if isinstance(asked, AskPlace) else asked
    if isinstance(step, End):
        return replace(step, id=name(step.id))
    return replace(step, id=name(step.id), then=name(step.then))


def more_services(book: Book, times: int) -> Book:
    """The book with every service copied, each with numbers of its own, and ranked anew."""
    known = book.directory
    services = dict(known.services)
    for service in known.services.values():
        for number in range(1, times):
            copied = _unlike(service, number)
            services[copied.id] = copied
    directory = replace(known, services=services)
    judge = referral.Judge(book.help_line, _never_weak)
    offers = referral.index(directory, book.answers["need"], tuple(book.words), judge)
    return replace(book, directory=directory, offers=offers)


def _unlike(service: Service, number: int) -> Service:
    """A service with another id, whose numbers are nobody else's."""
    mark = f"copy{number}"

    def dialled(phone: Phone) -> Phone:
        return replace(phone, number=f"{phone.number};{mark}", shown=f"{phone.shown} {mark}")

    return replace(service, id=f"{service.id}-{mark}", phones=tuple(map(dialled, service.phones)))


def _never_weak(service: Service) -> bool:  # noqa: ARG001  the judge's signature
    """No record is old: the benchmark's order must not change with the calendar."""
    return False
