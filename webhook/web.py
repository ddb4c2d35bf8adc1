"""The web chat: one page, one address, nothing left behind.

Rule 1: no cookie, no storage, no word in an address. The conversation travels in the page as a
sealed token, and each answer is a whole page that shows the present turn only.
Rule 2: who has left has left: tokens of that page open nothing any more, so that "Back" and
"send the form again" show the hello to whoever takes the phone next. What is kept for it is the
mask of a random name, for as long as a token lives.
Rule 3: whatever comes, however broken, gets a page; never an error with a detail in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot import quiet
from bot.channels import web
from bot.conversation import Answer
from bot.declared import DOORS
from bot.model import SOURCE, Language, Text, TextId
from bot.seal import IDLE_SECONDS
from bot.sessions import Memory
from webhook import forms
from webhook.house import House
from webhook.limits import ADDRESS_MOST, Verdict
from webhook.share import place_of

HERE: Final = Path(__file__).parent
CHANNEL: Final = "web"
HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-robots-tag": "noindex, noarchive",
}
CLEAR: Final = {"clear-site-data": '"cache", "storage"'}
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def add(app: FastAPI, house: House) -> None:
    """Add this door to the application: the chat at `/`, and what its pages are made of."""
    door = Door(house)
    files = {
        path.name: (path.read_bytes(), TYPES[path.suffix])
        for path in (HERE / "static").iterdir()
        if path.suffix in TYPES
    }

    @app.get("/")
    async def hello(request: Request) -> Response:
        return door.safely(request, door.opened)

    @app.post("/")
    async def turn(request: Request) -> Response:
        body = await request.body()
        return door.safely(request, lambda asked: door.answered(asked, body))

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        body, kind = files.get(name, (b"", "text/plain"))
        status = 200 if name in files else 404
        return Response(body, status, {"cache-control": "no-store"}, f"{kind}; charset=utf-8")


class Door:
    """Requests in, pages out. Holds masks of pages that were left, and nothing of anybody."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._talk = house.conversation
        self._screen = web.Screen(house.program.book, house.program.catalog)
        self._left: Memory[bool] = Memory(IDLE_SECONDS)
        self._languages = web.languages(house.program.book)
        self._words = {each: self._said(each) for each in house.program.catalog.languages}
        source = house.program.book.answers.get("source")
        self._places = source.values if source is not None else ()
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {"title": house.settings.title, "away": house.settings.leave_url}
        self._chat = environment.get_template("chat.html")
        self._end = environment.get_template("end.html")

        self._spare = {
            each: self._page(self._talk.help(each), "").body for each in self._words
        }  # made before it is needed

    def safely(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        """An answer; where our own code fails, the help line in the browser's language."""
        try:
            return answer(request)
        except Exception as error:  # Rule 3: whatever it is, somebody is waiting for a number
            quiet.report(error)
            return HTMLResponse(self._spare[self._asked(request)], headers=HEADERS)

    def opened(self, request: Request) -> Response:
        """The hello, in the language that the browser asks for."""
        language = self._asked(request)
        if self._over(request):
            return self._page(self._talk.help(language), "")
        page = _named()
        # Of a shared link: the kind of place it hung at. Anything else does not come back.
        mark = request.url.query if place_of(request.url.query, self._places) else ""
        return self._page(self._talk.greet(CHANNEL, language, page), page, mark, greets=True)

    def answered(self, request: Request, body: bytes) -> Response:
        """The page after a form: typed words, a pressed choice, or the way out."""
        form = _form(request, body)
        page, token, said = (form.get(name, "") for name in ("page", "state", "say"))
        if page and self._is_left(page):
            page = token = ""
        elif page and not self._talk.holds(token, CHANNEL, page):
            page, token = _named(), ""  # not ours, or too old: the words begin anew
        if "leave" in form:
            return self._away(self._spoken(request, token, page), page)
        if not page or "say" not in form:
            return self.opened(request)
        if self._over(request):
            return self._page(self._talk.help(self._spoken(request, token, page), token), page)
        answer = self._talk.answer(
            said,
            token,
            CHANNEL,
            page,
            language=self._asked(request),
            source=place_of(form.get("mark", ""), self._places),
        )
        return self._page(answer, page)

    def _away(self, language: Language, page: str) -> Response:
        """A page that goes on to somebody else's by itself, and forgets the one before."""
        return self._page(Answer((), language, None), page, leaving=True)

    def _page(
        self,
        answer: Answer,
        page: str,
        mark: str = "",
        *,
        leaving: bool = False,
        greets: bool = False,
    ) -> Response:
        """An answer as a page. Where it ends the conversation, the page is left for good."""
        over = answer.token is None
        if over and page:
            self._left.put(self._mask(page), value=True, now=self._house.seconds())
        language = answer.language
        template = self._end if over else self._chat
        html = template.render(
            lang=web.tag(language),
            dir=web.direction(language),
            words=self._words.get(language, self._words[SOURCE]),
            turn=self._screen.turn(answer.replies, language, open=not over),
            state=answer.token or "",
            page=page,
            mark=mark,
            leaving=leaving,
            greets=greets,
            languages=self._languages,
        )
        return HTMLResponse(html, headers=HEADERS | CLEAR if over else HEADERS)

    def _said(self, language: Language) -> Mapping[str, web.Said]:
        """What the pages say besides the conversation."""
        return {
            key: self._screen.say(Text(TextId(f"always/web/{key}")), language)
            for key in DOORS["web"]
        }

    def _is_left(self, page: str) -> bool:
        return self._left.get(self._mask(page), self._house.seconds()) is not None

    def _mask(self, page: str) -> bytes:
        return self._house.masks.mask("page", page)

    def _over(self, request: Request) -> bool:
        address = request.client.host if request.client is not None else ""
        weighed = self._house.limits.weigh(f"{CHANNEL} {address}", ADDRESS_MOST)
        return weighed is not Verdict.ANSWER

    def _spoken(self, request: Request, token: str, page: str) -> Language:
        """What the conversation is held in; without one, what the browser asks for."""
        return self._talk.language(token, CHANNEL, page) if token else self._asked(request)

    def _asked(self, request: Request) -> Language:
        header = request.headers.get("accept-language", "")
        return preferred(header, self._house.program.catalog.languages)


def _named() -> str:
    """The random name of an opened page."""
    return token_urlsafe(12)


def preferred(header: str, languages: Iterable[Language]) -> Language:
    """The first language that a browser asks for and we have: "pt-BR,es;q=0.8" -> "es".

    Browsers name them in the order of preference, so weights are not read.
    """
    known = {web.tag(each).lower(): each for each in languages}
    roots = {tag.partition("-")[0]: each for tag, each in reversed(known.items())}
    for asked in header[:200].lower().split(","):
        name = asked.partition(";")[0].strip()
        found = known.get(name) or roots.get(name.partition("-")[0])
        if found is not None:
            return found
    return SOURCE


def _form(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form; of a malformed one, none."""
    kind = request.headers.get("content-type", "").encode("latin-1")
    return dict(forms.parse(kind, body) or ())
