"""Readers tell moderators what breaks a rule: once each, unseen by all others, and moderators read the most told of first."""

import pytest

from server.kernel.refused import Refused
from server.realtime.flagging import FLAGS_PER_HOUR, Flagging
from server.store.connection import Pool
from tests.web.office import HOSTILE, Office, links, scripted, words


async def test_a_reader_flags_once_and_moderators_read_why_and_settle_it(pool: Pool) -> None:
    office = Office(pool)
    agency, elsewhere = await office.agency(), await office.agency("khac", "Cơ quan khác")
    slug = await office.open_consultation(agency, moderation="after")
    calm = await office.contribute("lan", slug, "Nên giữ nguyên")
    insult = await office.contribute("ba", slug, "Bọn họ là đồ bỏ đi")
    flagging = Flagging(pool)
    path = f"/lay-y-kien/{slug}/bao-vi-pham"
    async with office.citizen("hai") as reader, office.browser() as visitor:
        page = (await reader.open(f"/lay-y-kien/{slug}/gop-y/{insult}")).text
        assert f"{path}?y-kien={insult}" in links(page)
        await reader.open(f"{path}?y-kien={insult}")
        refused = await reader.submit(path, reason="Nặng lời")
        assert refused.status_code == 422 and "Nặng lời" in refused.text
        thanked = await reader.submit(path, rule="insult", reason=HOSTILE)
        assert "Người kiểm duyệt sẽ xem lại" in words(thanked.text)
        for rule in ("insult", "off_topic"):  # whoever says it again is thanked again, and counted once
            await flagging.flag(await office.person("hai"), insult, rule, "")
        sent = await visitor.client.get(f"{path}?y-kien={insult}")
        assert sent.status_code == 303 and sent.headers["location"].startswith("/dang-nhap?next=")
        public = (await visitor.open(f"/lay-y-kien/{slug}/gop-y/{insult}")).text
        assert "1 người" not in words(public) and "img src=x" not in public, "nobody else learns of it"
    await flagging.flag(await office.person("tu"), insult, "off_topic", "")
    await flagging.flag(await office.person("hai"), calm, "off_topic", "")

    async with office.official("mot", ("moderator", agency)) as moderator, office.official("xa", ("moderator", elsewhere)) as other:
        assert "Bị báo vi phạm 0" in words((await other.open("/kiem-duyet")).text)
        page = (await moderator.open("/kiem-duyet?muc=cong-khai")).text
        [flagged] = {link for link in links(page) if "xep=bao" in link and "truoc" not in link}
        page = (await moderator.open(flagged)).text
        assert "Bị báo vi phạm 2" in words(page) and "2 người báo vi phạm" in words(page)
        assert page.index("Bọn họ là đồ bỏ đi") < page.index("Nên giữ nguyên"), "the most told of first"
        assert HOSTILE in words(page) and scripted(page) == []
        stale = await moderator.submit("/kiem-duyet/bao-vi-pham", contribution=str(insult), seen="9-0")
        assert stale.status_code == 409 and "vừa được sửa" in words(stale.text)
        settled = await moderator.submit("/kiem-duyet/bao-vi-pham", contribution=str(insult), seen="0-0")
        assert "không vi phạm" in words(settled.text) and "Bị báo vi phạm 1" in words(settled.text)
        assert "Bọn họ là đồ bỏ đi" not in settled.text
    await flagging.flag(await office.person("hai"), insult, "insult", "")
    assert await pool.fetchval("select flags from contributions where id = $1", insult) == 0, "each person is heard once"


async def test_a_ruling_settles_what_was_held_against_and_nobody_flags_their_own_or_what_is_hidden_or_too_much(pool: Pool) -> None:
    office = Office(pool)
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    said = await office.contribute("ba", slug, "Lời nặng")
    flagging, reader, author = Flagging(pool), await office.person("hai"), await office.person("ba")
    for viewer, rule, code in ((author, "insult", "not_allowed"), (reader, "other", "no_rule")):
        with pytest.raises(Refused, match=code):
            await flagging.flag(viewer, said, rule, "")
    await flagging.flag(reader, said, "insult", "")
    async with office.official("mot", ("moderator", agency)) as moderator:
        await moderator.open("/kiem-duyet?muc=cong-khai")
        await moderator.submit("/kiem-duyet", contribution=str(said), ruling="hide", rule="insult", reason="Nặng lời", seen="0-0")
    assert await office.state_of(said) == "hidden"
    assert await pool.fetchval("select count(*) from flags where settled_at is null") == 0
    with pytest.raises(Refused, match="not_found"):
        await flagging.flag(await office.person("tu"), said, "insult", "")
    more = (
        "insert into contributions (consultation, author, name, kind, verified, text, at, state)"
        " select consultation, author, name, kind, false, text, at, 'visible' from contributions, generate_series(1, $2) where id = $1"
        " returning id"
    )
    many = [row[0] for row in await pool.fetch(more, said, FLAGS_PER_HOUR)]
    for one in many[1:]:
        await flagging.flag(reader, one, "insult", "")
    with pytest.raises(Refused, match="rate_limited"):
        await flagging.flag(reader, many[0], "insult", "")
    assert await pool.fetchval("select flags from contributions where id = $1", many[0]) == 0
