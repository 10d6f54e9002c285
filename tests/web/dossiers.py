"""A small consultation from elsewhere, as the file of its open data."""

import json
from datetime import UTC, datetime

from server.documents.export import LICENCE, Sheet, Value, write_export
from server.documents.taken_over import read_taken_over
from server.kernel.ids import AgencyId, PersonId
from server.store import taken_over
from server.store.connection import Pool
from server.web.columns import CONTRIBUTIONS, LOG, NUMBERS, TOTALS

AT = datetime(2025, 3, 1, 8, tzinfo=UTC)


def dossier_zip(words: str, title_en: str = "") -> bytes:
    """One điều, one contribution on it with an answer, one vote and one question, wherever there are words these."""
    about = {
        "url": "https://noi-khac.example.vn/lay-y-kien/mau",
        **dict.fromkeys(("agency", "title", "summary"), words),
        "title_en": title_en,
        "phase": "answered",
        "opens_at": AT,
        "closes_at": AT,
        "version": 1,
        "contributions": 1,
        "target_people": 10,
        "licence": LICENCE,
        "totals_published": True,
    }
    line: dict[str, Value] = {
        "id": 7,
        "parent": None,
        "at": AT,
        "edited_at": None,
        "kind": "business",
        "verified": False,
        "channel": "assisted",
        "source": words,
        "organisation": words,
        "version": 1,
        "clause": "dieu-1",
        "clause_now": "dieu-1",
        "here": "original",
        "quote": words,
        "side": "for",
        "text": words,
        "suggestion": words,
        "supports": 1,
        "outcome": "noted",
        "answer": words,
        "erased_at": None,
    }
    voted: list[Value] = [1, "draft", "single", 1, "dieu-1", None, 0, None, "Đồng ý", 9]
    polled: list[Value] = [2, "poll", "single", None, None, words, 0, None, words, 9]
    numbers: list[list[Value]] = [["all", "heard", 9, 1, None], ["all", "voters", 9, None, None], ["kind", "business", None, None, None]]
    logged: list[Value] = [3, AT, "contributed", json.dumps({"contribution": 7})]
    sheets = [
        Sheet("contributions", CONTRIBUTIONS, [list(line.values())]),
        Sheet("totals", TOTALS, [voted, polled]),
        Sheet("numbers", NUMBERS, numbers),
        Sheet("log", LOG, [logged]),
    ]
    node = {"id": "a", "kind": "article", "number": "1", "heading": words, "text": words, "rows": [[words]]}
    return write_export(about, sheets, {"text-v1.json": json.dumps({"title": words, "nodes": [node]}).encode()})


async def keep_dossier(pool: Pool, agency: AgencyId, person: PersonId) -> int:
    """One that ``agency`` has taken over."""
    data = dossier_zip("Lời từ nơi khác")
    number, _ = await taken_over.take_over(pool, agency, read_taken_over(data), data, person)
    return number
