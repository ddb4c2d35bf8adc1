"""`waypost chat`: a conversation in the terminal. Never counted."""

from __future__ import annotations

from pathlib import Path

import click

from bot import clock, transcript
from bot.channels import sms, terminal
from bot.commands import common
from bot.load import Program
from bot.model import SOURCE, AskPlace, Instant, Language, Outcome
from bot.transcript import Script, Talk

COLOURS = {"text": None, "contact": "green", "menu": "cyan"}
KEYS = "0 help line, 8 back, 9 leave. Ctrl-D ends."


class When(click.ParamType[Instant]):
    """A minute of the week, written as "Sun 03:00"."""

    name = "when"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Instant:
        try:
            return value if isinstance(value, int) else clock.parse(str(value))  # type: ignore[return-value]
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--language", default=SOURCE, help="the language to begin in, as es")
@click.option("--town", default="", help="answer every question about the town with this one")
@click.option("--at", type=When(), help='the time it is, as "Sun 03:00"; now if left out')
@click.option("--sms", "as_sms", is_flag=True, help="show each text as the phone gets it")
@click.option("--discreet", is_flag=True, help="say the discreet wording where a text has one")
@click.option("--record", type=click.Path(path_type=Path), help="write the talk as a transcript")
@common.folders
def chat(
    language: str,
    town: str,
    at: Instant | None,
    as_sms: bool,
    discreet: bool,
    record: Path | None,
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Talk to the bot here in the terminal. Nothing is kept and nothing is counted."""
    program = common.tried(flows, locales)
    if language not in program.catalog.languages:
        known = ", ".join(program.catalog.languages)
        raise click.BadParameter(f"there is no catalog for '{language}'; there is {known}")
    moment = clock.now() if at is None else at
    talk = Talk(program, moment, Language(language))
    session = _Session(program, talk, town, as_sms, ("discreet",) if discreet else ())
    click.secho(f"Waypost, {clock.said(moment)}. {KEYS}\n", dim=True)
    session.run()
    if record is not None:
        record.write_text(session.recorded(), encoding="utf-8")
        click.secho(f"Written to {record}. Give it a title in its first line.", dim=True)


class _Session:
    def __init__(
        self, program: Program, talk: Talk, town: str, as_sms: bool, variants: tuple[str, ...]
    ) -> None:
        self.program = program
        self.talk = talk
        self.town = town
        self.as_sms = as_sms
        self.variants = variants
        self.turns: list[str] = []
        self.began = talk.language

    def run(self) -> None:
        """Hear and answer until the person leaves or the input ends."""
        while True:
            try:
                said = click.prompt(
                    click.style("you", bold=True),
                    prompt_suffix=" > ",
                    default="",
                    show_default=False,
                )
            except (click.Abort, EOFError):
                click.echo()
                return
            outcome = self.hear(said)
            while outcome.state is not None and self.town and self._asks_place(outcome):
                click.secho(f"you > {self.town}", dim=True)
                outcome = self.hear(self.town)
                self.town = "" if self._asks_place(outcome) else self.town
            if outcome.state is None:
                return

    def hear(self, said: str) -> Outcome:
        outcome = self.talk.hear(said)
        self.turns.append(transcript.turn(self.program, said, outcome, "sms"))
        click.echo()
        self._show_sms(outcome) if self.as_sms else self._show(outcome)
        return outcome

    def _asks_place(self, outcome: Outcome) -> bool:
        state = outcome.state
        return state is not None and isinstance(self.program.book.steps[state.step], AskPlace)

    def _show(self, outcome: Outcome) -> None:
        catalog = self.program.catalog
        for kind, text in terminal.paragraphs(
            outcome.replies, catalog, outcome.language, self.variants
        ):
            click.secho(text + "\n", fg=COLOURS[kind])

    def _show_sms(self, outcome: Outcome) -> None:
        for text in sms.write(outcome.replies, self.program.catalog, outcome.language):
            letters = "".join(sms.forcing_letters(text))
            forced = f" because of {letters}" if letters else ""
            cost = f"{sms.encoding(text)}{forced}, {len(text)} letters, {sms.segments(text)} of 2"
            click.secho(f"[{cost}]", dim=True)
            click.echo(text + "\n")

    def recorded(self) -> str:
        """The talk as a transcript, to be given a title."""
        script = Script("A conversation.", self.began, self.talk.at)
        return "\n".join([transcript.head(script), *self.turns, transcript.tail(self.talk)])
