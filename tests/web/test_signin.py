"""Signing in, out, and looking after one's account, as people do it in their browsers."""

import asyncio
import re
from datetime import timedelta

import asyncpg
import pytest

from server.identity.keys import fingerprint
from server.identity.signin import CodeRules
from server.store.connection import Pool
from server.store.identity import Lifetimes
from server.web.csrf import masked
from tests.web.site import Site, forms_of

ME = "toi@example.vn"
OTHER = "nguoi-khac@example.vn"


async def test_a_newcomer_signs_in_with_the_code_from_the_letter(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        assert "Ông/bà đã đăng nhập." in browser.page or "đã đăng nhập" in (await browser.open("/tai-khoan")).text
        assert ME in (await browser.open("/tai-khoan")).text


async def test_one_comes_back_to_where_one_was_and_never_to_another_site(site: Site) -> None:
    ways = [("/tai-khoan", "/tai-khoan"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/")]
    for number, (asked, reached) in enumerate(ways):
        async with site.browser() as browser:
            await browser.open(f"/dang-nhap?next={asked}")
            await browser.submit("/dang-nhap", email=f"a{number}@example.vn")
            await site.deliver()
            response = await browser.submit("/dang-nhap/ma", follow=False, code=site.mail.code(f"a{number}@example.vn"))
            assert response.headers["location"] == reached


async def test_the_session_cookie_is_sealed_and_new_at_each_sign_in(site: Site) -> None:
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        before = dict(browser.client.cookies)
        response = await browser.submit("/dang-nhap/ma", follow=False, code=site.mail.code(ME))
        [cookie] = [value for value in response.headers.get_list("set-cookie") if value.startswith("__Host-session=")]
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
        first = browser.session
        assert first is not None and first not in before.values()
        await browser.open("/tai-khoan")
        await browser.submit("/dang-xuat")
        await browser.sign_in(ME)
        assert browser.session != first


async def test_over_plain_http_on_one_machine_the_cookie_has_another_name(pool: Pool) -> None:
    site = Site(pool, origin="http://localhost:8000")
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        response = await browser.submit("/dang-nhap/ma", follow=False, code=site.mail.code(ME))
        [cookie] = [value for value in response.headers.get_list("set-cookie") if value.startswith("session=")]
        assert "secure" not in cookie.lower() and "httponly" in cookie.lower()
        assert "strict-transport-security" not in response.headers


async def test_secrets_are_in_the_database_only_as_hashes(site: Site, pool: Pool) -> None:
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        code = site.mail.code(ME)
        pre_session = browser.client.cookies["__Host-browser"]
        stored = str(await pool.fetch("select to_jsonb(codes)::text from codes")) + str(
            await pool.fetch("select to_jsonb(jobs)::text from jobs")
        )
        assert code not in stored and pre_session not in stored
        await browser.submit("/dang-nhap/ma", code=code)
        assert browser.session is not None
        assert browser.session not in str(await pool.fetch("select to_jsonb(sessions)::text from sessions"))
        assert await pool.fetchval("select count(*) from sessions where secret_hash = $1", fingerprint(browser.session)) == 1


async def test_a_code_works_only_in_the_browser_that_asked_for_it(site: Site) -> None:
    async with site.browser() as mine, site.browser() as theirs:
        await mine.ask_for_code(ME)
        await theirs.ask_for_code(OTHER)
        response = await theirs.submit("/dang-nhap/ma", code=site.mail.code(ME))
        assert response.status_code == 422 and theirs.session is None
        await mine.submit("/dang-nhap/ma", code=site.mail.code(ME))
        assert mine.session is not None


async def test_a_code_works_once(site: Site) -> None:
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        token = forms_of(browser.page)["/dang-nhap/ma"]
        cookies = dict(browser.client.cookies)
        await browser.submit("/dang-nhap/ma", code=site.mail.code(ME))
        async with site.browser() as again:
            again.client.cookies.update(cookies)
            again.page = f'<form action="/dang-nhap/ma"><input type="hidden" name="csrf" value="{token["csrf"]}"></form>'
            response = await again.submit("/dang-nhap/ma", code=site.mail.code(ME))
            assert "hết hiệu lực" in response.text and again.session is None


async def test_a_code_ends_after_its_time_and_a_resend_does_not_extend_it(pool: Pool) -> None:
    site = Site(pool)
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        deadline = await pool.fetchval("select expires_at from codes")
        first = site.mail.code(ME)
        await browser.submit("/dang-nhap/gui-lai")
        await site.deliver()
        assert await pool.fetchval("select expires_at from codes") == deadline
        assert len(site.mail.letters) == 2 and site.mail.code(ME) == first
        await pool.execute("update codes set expires_at = now()")
        response = await browser.submit("/dang-nhap/ma", code=first)
        assert "hết hiệu lực" in response.text and browser.session is None


async def test_five_wrong_tries_end_a_code_even_when_they_come_at_once(site: Site) -> None:
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        right = site.mail.code(ME)
        wrong = f"{(int(right) + 1) % 10**8:08}"
        form = forms_of(browser.page)["/dang-nhap/ma"]
        answers = await asyncio.gather(
            *(browser.client.post("/dang-nhap/ma", data=form | {"code": wrong}, headers={"origin": site.origin}) for _ in range(20))
        )
        assert sum("Mã chưa đúng" in answer.text for answer in answers) == 5
        response = await browser.submit("/dang-nhap/ma", code=right)
        assert "hết hiệu lực" in response.text and browser.session is None


async def test_what_cannot_be_a_code_spends_no_try_and_spaces_do_not_matter(site: Site) -> None:
    async with site.browser() as browser:
        await browser.ask_for_code(ME)
        for typed in ("", "1234567", "abcdefgh", "١٢٣٤٥٦٧٨", "123456789", "x" * 60, "'; drop table"):
            assert (await browser.submit("/dang-nhap/ma", code=typed)).status_code == 422, typed
        code = site.mail.code(ME)
        await browser.submit("/dang-nhap/ma", code=f" {code[:4]} {code[4:]} ")
        assert browser.session is not None


async def test_guessing_in_another_browser_does_not_spend_the_tries_of_whom_the_code_is_for(site: Site) -> None:
    async with site.browser() as mine, site.browser() as theirs:
        await mine.ask_for_code(ME)
        await theirs.ask_for_code(OTHER)
        for _ in range(6):
            await theirs.submit("/dang-nhap/ma", code="00000000")
        await mine.submit("/dang-nhap/ma", code=site.mail.code(ME))
        assert mine.session is not None


async def test_one_contact_gets_five_codes_an_hour_whoever_asks(site: Site, owner: asyncpg.Connection) -> None:
    for number in range(5):
        async with site.browser(address=f"203.0.113.{number}") as browser:
            assert "8 chữ số" in (await browser.ask_for_code(ME)).text
    async with site.browser(address="203.0.113.99") as browser:
        response = await browser.ask_for_code(ME)
        assert response.status_code == 429 and 3500 < int(response.headers["retry-after"]) <= 3600
        assert "8 chữ số" in (await browser.ask_for_code(OTHER)).text
    assert len([letter for letter in site.mail.letters if letter["To"] == ME]) == 5
    await owner.execute("update requests set at = at - interval '61 minutes'")
    async with site.browser() as browser:
        assert "8 chữ số" in (await browser.ask_for_code(ME)).text


async def test_one_address_asks_for_so_many_codes_an_hour_even_at_once(pool: Pool) -> None:
    site = Site(pool, rules=CodeRules(per_address=10))
    async with site.browser(address="2001:db8::1") as browser:
        await browser.open("/dang-nhap")
        form = forms_of(browser.page)["/dang-nhap"]
        answers = await asyncio.gather(
            *(
                browser.client.post("/dang-nhap", data=form | {"email": f"a{n}@example.vn"}, headers={"origin": site.origin})
                for n in range(30)
            )
        )
    assert sorted({answer.status_code for answer in answers}) == [303, 429]
    assert sum(answer.status_code == 303 for answer in answers) == 10


async def test_a_known_and_an_unknown_contact_get_the_same_answer(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
    pages = []
    for email in (ME, OTHER):
        async with site.browser() as browser:
            response = await browser.ask_for_code(email)
            text = re.sub(r'name="csrf" value="[^"]*"', "", response.text).replace(email, "…")
            pages.append((response.status_code, re.sub(r"\d\d:\d\d ngày \d+/\d+/\d+", "", text)))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "x",
        "a@b",
        "a@@b.vn",
        "a b@c.vn",
        "a@b.vn\r\nBcc: c@d.vn",
        "a@b.vn,c@d.vn",
        "<a@b.vn>",
        "a" * 65 + "@b.vn",
        "a@" + "b" * 260 + ".vn",
    ],
)
async def test_what_is_no_address_gets_no_mail(site: Site, typed: str) -> None:
    async with site.browser() as browser:
        response = await browser.ask_for_code(typed)
        assert response.status_code == 422 and site.mail.letters == []
        assert 'aria-invalid="true"' in response.text


async def test_one_person_is_one_person_however_the_address_is_written(site: Site, pool: Pool) -> None:
    for typed in (ME, f"  {ME.upper()} "):
        async with site.browser() as browser:
            await browser.open("/dang-nhap")
            await browser.submit("/dang-nhap", email=typed)
            await site.deliver()
            await browser.submit("/dang-nhap/ma", code=site.mail.code(ME))
            assert browser.session is not None
    assert await pool.fetchval("select count(*) from persons") == 1


async def test_after_signing_out_the_cookie_is_worth_nothing(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        stolen = browser.session
        await browser.open("/tai-khoan")
        await browser.submit("/dang-xuat")
        assert browser.session is None and len(site.ended) == 1
    async with site.browser() as thief:
        thief.client.cookies.set("__Host-session", str(stolen))
        assert "/dang-nhap" in str((await thief.open("/tai-khoan")).url)


async def test_a_person_ends_a_session_on_another_device_and_nobody_elses(site: Site, pool: Pool) -> None:
    async with (
        site.browser() as phone,
        site.browser(user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0") as desk,
        site.browser() as other,
    ):
        await phone.sign_in(ME)
        await desk.sign_in(ME)
        await other.sign_in(OTHER)
        page = (await phone.open("/tai-khoan")).text
        assert "Chrome, Android" in page and "Firefox, Linux" in page
        theirs = await pool.fetchval("select id from sessions where secret_hash = $1", fingerprint(str(other.session)))
        assert (await phone.submit("/tai-khoan/thiet-bi", session=str(theirs))).status_code == 404
        assert (await phone.open("/tai-khoan")).status_code == 200
        missing = await phone.submit("/tai-khoan/thiet-bi", session="99999999999999999999")
        assert missing.status_code == 404
        await phone.open("/tai-khoan")
        desks = await pool.fetchval("select id from sessions where secret_hash = $1", fingerprint(str(desk.session)))
        await phone.submit("/tai-khoan/thiet-bi", session=str(desks))
        assert site.ended == [desks]
        assert "/dang-nhap" in str((await desk.open("/tai-khoan")).url)
        assert (await other.open("/tai-khoan")).url.path == "/tai-khoan"


async def test_a_person_signs_out_everywhere_else_at_once(site: Site) -> None:
    async with site.browser() as here, site.browser() as there:
        await there.sign_in(ME)
        await here.sign_in(ME)
        await here.open("/tai-khoan")
        await here.submit("/tai-khoan/thiet-bi-khac")
        assert len(site.ended) == 1
        assert (await here.open("/tai-khoan")).url.path == "/tai-khoan"
        assert (await there.open("/tai-khoan")).url.path == "/dang-nhap"


async def test_signing_in_again_ends_the_browsers_former_session(site: Site, pool: Pool) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        former = str(browser.session)
        async with site.browser() as second:
            await second.ask_for_code(ME)
            second.client.cookies.set("__Host-session", former)
            token = masked(site.keys.form_token(former))
            second.page = f'<form action="/dang-nhap/ma"><input type="hidden" name="csrf" value="{token}"></form>'
            await second.submit("/dang-nhap/ma", follow=False, code=site.mail.code(ME))
        assert await pool.fetchval("select count(*) from sessions where secret_hash = $1", fingerprint(former)) == 0
        assert len(site.ended) == 1


@pytest.mark.parametrize(
    ("column", "lifetimes"),
    [("last_seen_at", {"citizen_idle": timedelta(hours=24)}), ("created_at", {"citizen_whole": timedelta(days=30)})],
)
async def test_a_citizens_session_ends_unused_or_old(site: Site, pool: Pool, column: str, lifetimes: dict[str, timedelta]) -> None:
    [limit] = lifetimes.values()
    async with site.browser() as browser:
        await browser.sign_in(ME)
        await pool.execute(f"update sessions set {column} = now() - $1::interval", limit - timedelta(seconds=30))
        assert (await browser.open("/tai-khoan")).url.path == "/tai-khoan"
        await pool.execute(f"update sessions set {column} = now() - $1::interval", limit + timedelta(seconds=1))
        assert (await browser.open("/tai-khoan")).url.path == "/dang-nhap"


@pytest.mark.parametrize(("column", "limit"), [("last_seen_at", timedelta(minutes=30)), ("created_at", timedelta(hours=12))])
async def test_an_officials_session_ends_sooner(site: Site, pool: Pool, column: str, limit: timedelta) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        await pool.execute("insert into grants (person, role) select person, 'administrator' from contacts")
        await pool.execute(f"update sessions set {column} = now() - $1::interval", limit - timedelta(seconds=30))
        assert (await browser.open("/quan-tri")).url.path == "/quan-tri"
        await pool.execute(f"update sessions set {column} = now() - $1::interval", limit + timedelta(seconds=1))
        assert (await browser.open("/quan-tri")).url.path == "/dang-nhap"


async def test_use_is_noted_at_most_once_a_minute(pool: Pool) -> None:
    site = Site(pool, lifetimes=Lifetimes())
    async with site.browser() as browser:
        await browser.sign_in(ME)
        for ago, noted in ((timedelta(seconds=50), False), (timedelta(seconds=70), True)):
            await pool.execute("update sessions set last_seen_at = now() - $1::interval", ago)
            before = await pool.fetchval("select last_seen_at from sessions")
            await browser.open("/tai-khoan")
            assert (await pool.fetchval("select last_seen_at from sessions") > before) is noted


async def test_a_display_name_is_cleaned_and_shown_as_text(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        await browser.open("/tai-khoan")
        await browser.submit("/tai-khoan/ten", name=" <img src=x onerror=alert(1)>\u202e Hoa\u0309 ")
        page = (await browser.open("/tai-khoan")).text
        assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt; Hoả" in page
        assert (await browser.submit("/tai-khoan/ten", name="x" * 81)).status_code == 422


async def test_a_stranger_is_led_to_sign_in_and_back(site: Site) -> None:
    async with site.browser() as browser:
        response = await browser.client.get("/tai-khoan?a=1&lang=en")
        assert response.status_code == 303 and response.headers["location"] == "/dang-nhap?next=%2Ftai-khoan%3Fa%3D1"
