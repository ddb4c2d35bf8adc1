"""Supply gaps as a reader sees them: sentences, tables and figures from a `Supply`.

Rule: as in `bot.usage.views`: words from flows/usage.yaml, numbers from the directory, no usage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.matching import OUTSIDE
from bot.model import AGES, SOURCE
from bot.texts import written_name
from bot.usage import charts, gaps
from bot.usage.charts import Figure, Stack
from bot.usage.gaps import Gap, Supply
from bot.usage.views import Land, Line, Section, comma, label
from bot.usage.words import Words


@dataclass(frozen=True, slots=True)
class Gaps:
    """The supply gaps as they are read."""

    headlines: tuple[str, ...]
    largest: tuple[str, ...]
    map: Figure | None
    sections: tuple[Section, ...]
    day: str


class Teller:
    """One survey, put into words."""

    def __init__(self, supply: Supply, words: Words, shapes: Land) -> None:
        self.supply = supply
        self.words = words
        self.shapes = shapes
        self.found = gaps.gaps(supply)

    def gaps(self, today: date) -> Gaps:
        """All of it. `today` is said as the day of the directory."""
        say = self.words.say
        day = say(
            "gaps/day",
            day=f"{today:%B} {today.day}, {today.year}",
            services=self.supply.services,
            towns=len(self.supply.residents),
            needs=len(self.supply.needs),
            languages=say("gaps/languages_count", count=len(self.supply.languages))
            if len(self.supply.languages) > 4
            else self._languages(self.supply.languages),
        )
        sections = (self.reach(), self.speech(), self.regions(), self.listed())
        largest = tuple(self.sentence(gap) for gap in self.found[: gaps.LARGEST])
        return Gaps(tuple(self.headlines()), largest, self.map(), sections, day)

    # Sentences ----------------------------------------------------------------------------

    def headlines(self) -> Iterator[str]:
        """What matters most, in two to four sentences."""
        yield self._worst()
        needs = len(self.supply.needs)
        lacking = [gap for gap in self.found if gap.kind == gaps.ENGLISH]
        counted = {
            language: len({gap.need for gap in lacking if language in gap.languages})
            for language in self.supply.languages
        }
        for count in sorted(set(counted.values()) - {0}, reverse=True):
            alike = [language for language, each in counted.items() if each == count]
            yield self.words.say(
                "gaps/english",
                languages=_capital(self._languages(alike)),
                count=count,
                needs=needs,
            )
        far = sum(1 for shares in gaps.nearness(self.supply).values() if shares[0] < 0.5)
        if far:
            yield self.words.say("gaps/far", count=far, needs=needs)

    def _worst(self) -> str:
        """Who has nothing but the help line."""
        alone = gaps.only_help_line(self.supply)
        towns = {each.town for each in alone} - {OUTSIDE}
        if towns:
            return self.words.say(
                "gaps/worst_some",
                combinations=f"{sum(each.town != OUTSIDE for each in alone):,}",
                residents=f"{self.supply.people(towns):,}",
            )
        if alone:
            return self.words.say("gaps/worst_outside", combinations=len(alone))
        return self.words.say("gaps/worst_none")

    def sentence(self, gap: Gap) -> str:
        """One gap in a sentence."""
        say = self.words.say
        people = (
            say("gaps/sentence/people", residents=f"{gap.residents:,}") if gap.residents else ""
        )
        need = self._need(gap.need)
        return say(
            f"gaps/sentence/{gap.kind}",
            need=need,
            ages=self._ages(gap.ages),
            languages=self._languages(gap.languages),
            where=self._where(gap),
            people=people,
        )

    def _need(self, need: str) -> str:
        said = label(self.words, "need", need)
        return _capital(said)

    def _ages(self, ages: Sequence[str]) -> str:
        if set(ages) == set(AGES):
            return self.words.say("gaps/ages/all")
        return self._joined([self.words.say(f"gaps/ages/{age}") for age in AGES if age in ages])

    def _languages(self, languages: Sequence[str]) -> str:
        if len(languages) > 2 and set(languages) == set(self.supply.languages):
            return self.words.say("gaps/every_language")
        if len(languages) > 2 and {SOURCE, *languages} == set(self.supply.languages):
            return self.words.say("gaps/every_other_language")
        return self._joined([written_name(each, SOURCE) for each in languages])

    def _joined(self, names: Sequence[str]) -> str:
        *most, last = names
        return f"{comma(self.words, most)} {self.words.say('gaps/and')} {last}" if most else last

    def _where(self, gap: Gap) -> str:
        """All of the state, outside it, the regions that are whole, or how many towns."""
        if gap.towns == {OUTSIDE}:
            return self.words.say("gaps/where/outside")
        towns = gap.towns - {OUTSIDE}
        if towns == set(self.supply.residents):
            return self.words.say("gaps/where/all")
        key = "one_town" if len(towns) == 1 else "towns"
        return self.words.say(f"gaps/where/{key}", count=len(towns))

    # Tables and pictures --------------------------------------------------------------------

    def map(self) -> Figure | None:
        """The towns by how many needs are lacking; None where nothing here can draw."""
        kind, numbers = gaps.by_town(self.supply)
        key = "gaps/map_worst" if kind == gaps.HELP_LINE else "gaps/map_near"
        title = self.words.say(key, needs=len(self.supply.needs))
        told = self.words.say(
            "gaps/map_told",
            least=min(numbers.values(), default=0),
            most=max(numbers.values(), default=0),
            towns=sum(n == max(numbers.values()) for n in numbers.values()),
        )
        shapes = self.shapes
        made = charts.maybe(charts.town_map, shapes.towns, shapes.regions, numbers, title, told)
        return made[0] if made else None

    def reach(self) -> Section:
        """How near the nearest service is, by need."""
        shares = gaps.nearness(self.supply)
        order = sorted(shares, key=lambda need: shares[need])
        rows = [Stack(self._need(need), shares[need]) for need in order]
        return self._shares("reach", gaps.REACH, rows, "need")

    def speech(self) -> Section:
        """Whether the services offered speak the language."""
        shares = gaps.speech(self.supply)
        order = sorted(shares, key=lambda each: shares[each])
        rows = [Stack(written_name(each, SOURCE), shares[each]) for each in order]
        return self._shares("languages", gaps.SPOKEN, rows, "languages")

    def _shares(self, id: str, parts: Sequence[str], rows: list[Stack], first: str) -> Section:
        """A table of shares, and its picture, without the columns that nobody is in."""
        used = [at for at in range(len(parts)) if at < 2 or any(row.shares[at] for row in rows)]
        say = self.words.say
        heads = [say(f"gaps/columns/{parts[at]}") for at in used]
        kept = [Stack(row.label, tuple(row.shares[at] for at in used)) for row in rows]
        caption = say(f"gaps/{id}_caption")
        return Section(
            f"gaps-{id}",
            caption,
            caption,
            (say(f"gaps/columns/{first}"), *heads),
            tuple(Line(row.label, tuple(map(_percent, row.shares))) for row in kept),
            definition=say(f"gaps/{id}_note"),
            figures=charts.maybe(charts.stacks, kept, heads, used, caption),
        )

    def regions(self) -> Section:
        """Needs by region: whether most of its residents have a service near."""
        say = self.words.say
        lacking = gaps.by_region(self.supply)
        near, none = say("gaps/near"), say("gaps/nothing")
        often = sorted(
            self.supply.needs, key=lambda need: -sum(need in needs for needs in lacking.values())
        )
        lines = [
            Line(
                self._need(need),
                tuple(none if need in lacking[region] else near for region in lacking),
            )
            for need in often
        ]
        return Section(
            "gaps-regions",
            say("gaps/regions_caption"),
            say("gaps/regions_caption"),
            (say("gaps/columns/need"), *lacking),
            tuple(lines),
            definition=say("gaps/regions_note"),
            mark=none,
        )

    def listed(self) -> Section:
        """Every gap, the most serious kind first."""
        say = self.words.say
        lines = [
            Line(
                say(f"gaps/kinds/{gap.kind}"),
                (
                    self._need(gap.need),
                    self._ages(gap.ages),
                    self._languages(gap.languages),
                    self._where(gap),
                    f"{gap.residents:,}" if gap.residents else say("gaps/nobody"),
                ),
            )
            for gap in self.found
        ]
        names = ("kind", "need", "ages", "languages", "where", "residents")
        return Section(
            "gaps-list",
            say("gaps/list_caption"),
            say("gaps/list_caption"),
            tuple(say(f"gaps/columns/{name}") for name in names),
            tuple(lines),
            notes=() if lines else (say("gaps/none"),),
        )


def _percent(part: float) -> str:
    return f"{part:.0%}"


def _capital(said: str) -> str:
    """As the first words of a sentence."""
    return said[:1].upper() + said[1:]
