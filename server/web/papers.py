"""The dossier in words, for the page of the editor and for that of everybody."""

from collections.abc import Mapping

from consultations.papers import PaperKind
from server.documents.kinds import ENDINGS
from server.locale import translator
from server.store.connection import Connection
from server.store.papers import list_papers
from server.store.reading import Listed
from server.web.views import PaperView

FILES = "ho-so"
"""Stands in addresses for the dossier."""


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


KIND_WORDS: Mapping[PaperKind, str] = {
    "submission": _("Tờ trình"),
    "comparison": _("Bản so sánh, thuyết minh"),
    "assessment": _("Báo cáo đánh giá tác động"),
    "other": _("Tài liệu khác"),
}
"""What a paper is to the law, as one chooses it."""


async def papers_of(connection: Connection, consultation: Listed, lang: str) -> tuple[PaperView, ...]:
    """The dossier of a consultation, in the order in which it came."""
    say, url = translator(lang), f"/lay-y-kien/{consultation.slug}/{FILES}"
    return tuple(
        PaperView(
            paper.id, f"{url}/{paper.id}", paper.title, say(KIND_WORDS[paper.kind]), ENDINGS[paper.media_type][1:].upper(), paper.size
        )
        for paper in await list_papers(connection, consultation.id)
    )
