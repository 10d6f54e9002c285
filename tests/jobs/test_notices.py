"""Letters about what happens in a consultation reach those whom it still concerns, once."""

from datetime import timedelta

import pytest

from consultations.commands import Rule, Suspend
from server.jobs.notices import Notices
from server.kernel.ids import CommandId
from server.realtime.notices import NOTICE
from server.store.connection import Pool
from server.store.jobs import add_job, claim_job
from server.web.desk import fresh_command
from tests.web.office import Office


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def tell(office: Office) -> list[tuple[str, str]]:
    """Does all notices that wait, each twice, and delivers; (receiver, subject) of every letter."""
    while (job := await claim_job(office.pool, [NOTICE], timedelta(minutes=1))) is not None:
        for _ in range(2):
            await Notices(office.pool).tell(job)
    await office.deliver()
    return [(str(letter["To"]), str(letter["Subject"])) for letter in office.mail.letters]


async def remind(office: Office, slug: str, what: str) -> None:
    await add_job(office.pool, NOTICE, {"consultation": await office.consultation(slug), "what": what}, idempotency_key=what)


async def test_editors_of_the_agency_are_reminded_with_the_day(office: Office) -> None:
    agency, elsewhere = await office.agency(), await office.agency("khac", "Cơ quan khác")
    slug = await office.open_consultation(agency, title="Dự thảo Luật")
    editor = f"bien-tap-{agency}@example.vn"
    for name, of in (("nguoi-khac", elsewhere),):
        await office.person(name, ("editor", of))
    await remind(office, slug, "closing")
    assert await tell(office) == [(editor, "Sắp kết thúc lấy ý kiến")]
    letter = office.mail.newest(editor)
    closes = await office.pool.fetchval(
        "select to_char(closes_at at time zone 'Asia/Ho_Chi_Minh', 'FMDD/FMMM/YYYY') from consultations where slug = $1", slug
    )
    assert letter.startswith("Dự thảo Luật\n") and f"ngày {closes}." in letter and f"/bien-tap/{slug}" in letter


@pytest.mark.parametrize("what", ["reply_5", "reply_1", "reply_late"])
async def test_the_day_by_which_to_answer_is_the_last_day_that_counts(office: Office, what: str) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    await office.pool.execute(
        "update consultations set phase = 'closed', rule = '2025-decree', opens_at = '2026-09-01Z', closes_at = '2026-10-31 17:00Z'"
    )
    await remind(office, slug, what)
    [(editor, _subject)] = await tell(office)
    assert "hết ngày 15/11/2026" in office.mail.newest(editor)


async def test_nobody_is_reminded_of_a_day_that_counts_no_more(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    editor = await office.person(f"bien-tap-{agency}", ("editor", agency))
    await office.consulting.change(editor, CommandId(fresh_command()), await office.consultation(slug), Suspend("Chờ ý kiến cấp trên"))
    for what in ("closing", "reply_late"):
        await remind(office, slug, what)
    assert await tell(office) == []


async def test_an_author_is_told_once_of_what_was_hidden_and_never_in_their_own_words(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    moderator = await office.person("kiem-duyet", ("moderator", agency))
    hidden = await office.contribute("lan", slug, "Lời riêng của tôi")
    back = await office.contribute("mai", slug, "Lời khác")
    hide = [Rule(contribution, "hide", "insult", "Xúc phạm") for contribution in (hidden, back)]
    for rule in (*hide, Rule(back, "restore")):
        await office.consulting.rule(moderator, CommandId(fresh_command()), rule)
    assert await tell(office) == [
        ("lan@example.vn", "Một ý kiến của ông/bà đã bị ẩn"),
        ("mai@example.vn", "Ý kiến của ông/bà đã được công khai"),
    ]
    assert "Lời riêng" not in office.mail.newest("lan@example.vn") and "Xúc phạm" not in office.mail.newest("lan@example.vn")
