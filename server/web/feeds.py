"""Feeds that programs read by themselves: Atom (RFC 4287) of what happens, iCalendar (RFC 5545) of what opens and closes.

They say what the public log says, without a word of anybody's but the agency's, and no total.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from consultations.log import Entry
from consultations.tidings import TOLD
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ConsultationId
from server.locale import Language, translator
from server.mail import calendar
from server.mail.tidings import sentence
from server.store import open_data, reading
from server.store.reading import Listed
from server.web.citizen import Ports
from server.web.consultation_page import find_consultation
from server.web.door import Door, page
from server.web.etag import answer

ATOM = "application/atom+xml; charset=utf-8"
LINES = 50
_ATOM = "http://www.w3.org/2005/Atom"
_ANYBODY = Viewer()


class Line(msgspec.Struct, frozen=True):
    """One entry of a feed: what happened in which consultation."""

    consultation: Listed
    entry: Entry


class Feeds:
    """``origin`` is the address of the site without a path: feeds are read elsewhere."""

    def __init__(self, ports: Ports, origin: str) -> None:
        self._ports = ports
        self._origin = origin

    def doors(self) -> Sequence[Door]:
        return (
            page("/nguon-tin.atom", Action.READ_PUBLIC, self.site_feed),
            page("/lay-y-kien/{slug}/nguon-tin.atom", Action.READ_PUBLIC, self.feed),
            page("/lich.ics", Action.READ_PUBLIC, self.calendar),
        )

    async def site_feed(self, request: Request) -> Response:
        """What opens and closes, new versions and answers, on the whole site."""
        async with self._ports.pool.acquire() as connection:
            lines = await open_data.news_of_all(connection, list(TOLD), LINES)
            found = await reading.read_consultations(connection, list({consultation for consultation, _ in lines}))
        lang: Language = request.state.viewer.lang
        title = translator(lang)("Diên Hồng: các đợt lấy ý kiến")
        made = [Line(found[ConsultationId(consultation)], entry) for consultation, entry in lines]
        return answer(request, self._atom("/nguon-tin.atom", "/", title, made, lang), ATOM)

    async def feed(self, request: Request) -> Response:
        """The same of one consultation."""
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, _ANYBODY, request.path_params["slug"])
            entries = await open_data.news_of(connection, consultation.id, list(TOLD), LINES)
        lang: Language = request.state.viewer.lang
        path = f"/lay-y-kien/{consultation.slug}"
        made = [Line(consultation, entry) for entry in entries]
        return answer(request, self._atom(f"{path}/nguon-tin.atom", path, _title(consultation, lang), made, lang), ATOM)

    async def calendar(self, request: Request) -> Response:
        """The days on which consultations open and close."""
        async with self._ports.pool.acquire() as connection:
            found = await reading.list_published(connection, "", 500)
        _ = translator(request.state.viewer.lang)
        entries: list[calendar.Entry] = []
        newest = datetime(2020, 1, 1, tzinfo=UTC)
        for one in found:
            for what, at in (("mo", one.opens_at), ("dong", one.closes_at)):
                if at is None or one.phase == "cancelled":
                    continue
                words = _("Bắt đầu lấy ý kiến: %(title)s") if what == "mo" else _("Kết thúc lấy ý kiến: %(title)s")
                title = words % {"title": _title(one, request.state.viewer.lang)}
                uid = f"lay-y-kien-{one.id}-{what}@{self._origin.partition('://')[2]}"
                url = f"{self._origin}/lay-y-kien/{one.slug}"
                entries.append(calendar.Entry(uid, one.seq, at, at, title, one.agency_name, url))
                newest = max(newest, one.announced_at or at)
        return answer(request, calendar.calendar(*entries, now=newest), calendar.CONTENT_TYPE)

    def _atom(self, self_path: str, page_path: str, title: str, lines: list[Line], lang: Language) -> bytes:
        _ = translator(lang)
        feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
        feed.set("{http://www.w3.org/XML/1998/namespace}lang", lang)
        _add(feed, "id", self._origin + self_path)
        _add(feed, "title", title)
        _add(feed, "updated", _moment(max((line.entry.at for line in lines), default=datetime(2020, 1, 1, tzinfo=UTC))))
        _add(_add(feed, "author"), "name", "Diên Hồng")
        asked = f"?lang={lang}" if lang != "vi" else ""
        _add(feed, "link", rel="self", href=self._origin + self_path + asked, type="application/atom+xml")
        _add(feed, "link", rel="alternate", href=self._origin + page_path, type="text/html")
        for line in lines:
            one, entry = line.consultation, line.entry
            url = f"{self._origin}/lay-y-kien/{one.slug}"
            item = _add(feed, "entry")
            _add(item, "id", f"{url}/nhat-ky#{entry.seq}")
            _add(item, "title", f"{_title(one, lang)}: {sentence(entry, _)}"[:300])
            _add(item, "updated", _moment(entry.at))
            _add(_add(item, "author"), "name", (lang == "en" and one.agency_name_en) or one.agency_name)
            _add(item, "link", rel="alternate", href=url, type="text/html")
            _add(item, "category", term=entry.what)
            _add(item, "summary", sentence(entry, _))
        return etree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    if text:
        made.text = "".join(letter for letter in text if letter >= " " or letter in "\n\t")  # XML has no other control characters
    return made


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _title(consultation: Listed, lang: Language) -> str:
    return (lang == "en" and consultation.title_en) or consultation.title
