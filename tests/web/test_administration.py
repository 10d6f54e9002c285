"""Agencies, roles and invitations, as administrators and those they invite see them."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.identity.admin import make_administrator
from server.identity.viewer import Role, Viewer
from server.kernel.refused import Refused
from server.store.connection import Pool
from server.store.erasing import hold_person_alone
from server.web.csrf import masked
from tests.web.site import Browser, Site

SITE_ADMIN = "quan-tri@example.vn"
AGENCY_ADMIN = "quan-tri-so@example.vn"
EDITOR = "bien-tap@example.vn"


@pytest.fixture
async def admin(site: Site, pool: Pool) -> AsyncIterator[Browser]:
    """The site's administrator, with two agencies."""
    await make_administrator(pool, SITE_ADMIN)
    async with site.browser() as browser:
        await browser.sign_in(SITE_ADMIN)
        for slug, name in (("so-mau", "Sở Mẫu"), ("so-khac", "Sở Khác")):
            await browser.open("/quan-tri")
            await browser.submit("/quan-tri", slug=slug, name=name, name_en=f"{slug} in English")
        yield browser


async def invite(browser: Browser, agency: str, email: str, role: str) -> int:
    """The status of sending the invitation form of an agency's page."""
    await browser.open(f"/quan-tri/co-quan/{agency}")
    return (await browser.submit(f"/quan-tri/co-quan/{agency}/moi", email=email, role=role)).status_code


async def take_on(site: Site, browser: Browser, email: str) -> None:
    """Signs in and accepts the newest invitation, by the way that its letter shows."""
    await site.deliver()
    path = "/loi-moi/" + site.mail.newest(email).partition("/loi-moi/")[2].split()[0]
    if browser.session is None:
        await browser.sign_in(email)
    await browser.open(path)
    await browser.submit(path)


async def roles(pool: Pool, email: str) -> set[tuple[str, str | None]]:
    rows = await pool.fetch(
        "select role, slug from grants g join contacts c using (person) left join agencies a on a.id = g.agency where email = $1", email
    )
    return {(row["role"], row["slug"]) for row in rows}


async def test_nobody_takes_a_role_on_whose_account_is_being_erased(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser:
        await browser.sign_in(EDITOR)
        person = await pool.fetchval("select person from contacts where email = $1", EDITOR)
        invitation = await pool.fetchval("select id from invitations where email = $1", EDITOR)
        async with pool.acquire() as connection, connection.transaction():
            await hold_person_alone(connection, person)
            accepting = asyncio.create_task(site.people.accept(Viewer(person), invitation, "máy"))
            await asyncio.sleep(0.2)
            assert not accepting.done()
            await connection.execute(
                "insert into erased (person, since, at) select id, created_at, now() from persons where id = $1", person
            )
        with pytest.raises(Refused, match="sign_in_needed"):
            await accepting
    assert await roles(pool, EDITOR) == set()


async def test_an_administrator_invites_an_editor_who_takes_the_role_on(site: Site, pool: Pool, admin: Browser) -> None:
    assert await invite(admin, "so-mau", EDITOR, "editor") == 200
    assert EDITOR in (await admin.open("/quan-tri/co-quan/so-mau")).text
    async with site.browser() as browser:
        await take_on(site, browser, EDITOR)
        assert await roles(pool, EDITOR) == {("editor", "so-mau")}
        assert "Biên tập viên" in (await browser.open("/tai-khoan")).text
        for own in ("/y-kien-cua-toi", "/theo-doi"):
            assert f'"{own}"' in browser.page and f'"{own}"' not in admin.page, "an administrator has neither"


async def test_taking_on_a_role_changes_the_session_and_ends_the_others(site: Site, pool: Pool, admin: Browser) -> None:
    async with site.browser() as desk, site.browser() as phone:
        await phone.sign_in(EDITOR)
        await desk.sign_in(EDITOR)
        before = desk.session
        await invite(admin, "so-mau", EDITOR, "editor")
        await take_on(site, desk, EDITOR)
        assert desk.session not in (None, before) and len(site.ended) == 2
        assert (await desk.open("/tai-khoan")).url.path == "/tai-khoan"
        assert (await phone.open("/tai-khoan")).url.path == "/dang-nhap"


async def test_an_invitation_is_only_for_its_contact_only_once_and_only_for_a_week(
    site: Site, pool: Pool, admin: Browser, owner: asyncpg.Connection
) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser, site.browser() as stranger:
        await take_on(site, browser, EDITOR)
        path = f"/loi-moi/{await pool.fetchval('select id from invitations')}"
        await stranger.sign_in("nguoi-la@example.vn")
        for reader in (stranger, browser, admin):
            for missing in (path, "/loi-moi/999", "/loi-moi/99999999999999999999"):
                assert (await reader.open(missing)).status_code == 404
        await invite(admin, "so-mau", "nguoi-la@example.vn", "editor")
        path = f"/loi-moi/{await pool.fetchval('select max(id) from invitations')}"
        await stranger.open(path)
        await owner.execute("update invitations set expires_at = now()")
        assert (await stranger.submit(path)).status_code == 404
        assert await roles(pool, "nguoi-la@example.vn") == set()


async def test_a_second_invitation_to_the_same_role_takes_the_place_of_the_first(site: Site, pool: Pool, admin: Browser) -> None:
    for _ in range(2):
        await invite(admin, "so-mau", EDITOR, "editor")
    assert (await admin.open("/quan-tri/co-quan/so-mau")).text.count('name="invitation"') == 1
    async with site.browser() as browser:
        await take_on(site, browser, EDITOR)
    assert await roles(pool, EDITOR) == {("editor", "so-mau")}
    assert await pool.fetchval("select count(*) from invitations where state = 'open'") == 0


async def test_an_invitation_taken_back_cannot_be_accepted(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser:
        await browser.sign_in(EDITOR)
        path = f"/loi-moi/{await pool.fetchval('select id from invitations')}"
        await browser.open(path)
        await admin.open("/quan-tri/co-quan/so-mau")
        await admin.submit("/quan-tri/rut-loi-moi")
        assert (await browser.submit(path)).status_code == 404
    assert await roles(pool, EDITOR) == set()


async def test_a_role_taken_away_ends_every_session_of_its_holder(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser:
        await take_on(site, browser, EDITOR)
        site.ended.clear()
        await admin.open("/quan-tri/co-quan/so-mau")
        await admin.submit("/quan-tri/bo-vai-tro")
        assert await roles(pool, EDITOR) == set() and len(site.ended) == 1
        assert (await browser.open("/tai-khoan")).url.path == "/dang-nhap"


async def test_an_agencys_administrator_reaches_nothing_of_another_agency(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", AGENCY_ADMIN, "administrator")
    await invite(admin, "so-khac", EDITOR, "editor")
    async with site.browser() as browser, site.browser() as editor:
        await take_on(site, editor, EDITOR)
        await invite(admin, "so-khac", "moi@example.vn", "editor")
        await take_on(site, browser, AGENCY_ADMIN)
        page = (await browser.open("/quan-tri")).text
        assert "so-mau" in page and "so-khac" not in page
        for path in ("/quan-tri/co-quan/so-khac", "/quan-tri/co-quan/khong-co", "/quan-tri/he-thong"):
            assert (await browser.open(path)).status_code == 404
        await browser.open("/quan-tri/co-quan/so-mau")
        token = masked(site.keys.form_token(str(browser.session)))
        grant = await pool.fetchval("select g.id from grants g join agencies a on a.id = agency where slug = 'so-khac'")
        invitation = await pool.fetchval("select max(id) from invitations")
        for path, fields, status in (
            ("/quan-tri/bo-vai-tro", {"grant": str(grant)}, 404),
            ("/quan-tri/rut-loi-moi", {"invitation": str(invitation)}, 404),
            ("/quan-tri/co-quan/so-khac/moi", {"email": "x@example.vn", "role": "editor"}, 404),
            ("/quan-tri/he-thong/moi", {"email": "x@example.vn", "role": "administrator"}, 404),
            ("/quan-tri", {"slug": "x-y", "name": "x", "name_en": "x"}, 403),
            ("/quan-tri/co-quan/so-mau/ten", {"name": "x", "name_en": "x"}, 403),
        ):
            response = await browser.client.post(path, data={"csrf": token} | fields, headers={"origin": site.origin})
            assert response.status_code == status, path
        record = (await browser.open("/quan-tri/nhat-ky")).text
        assert "Sở Mẫu" in record and "Sở Khác" not in record
    assert await roles(pool, EDITOR) == {("editor", "so-khac")}


async def test_nobody_gives_or_takes_away_their_own_role(site: Site, pool: Pool, admin: Browser) -> None:
    assert await invite(admin, "so-mau", SITE_ADMIN, "editor") == 422
    token = masked(site.keys.form_token(str(admin.session)))
    grant = await pool.fetchval("select id from grants")
    response = await admin.client.post("/quan-tri/bo-vai-tro", data={"csrf": token, "grant": str(grant)}, headers={"origin": site.origin})
    assert response.status_code == 422
    assert await roles(pool, SITE_ADMIN) == {("administrator", None)}


async def test_an_administrator_holds_no_other_role(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser:
        await take_on(site, browser, EDITOR)
        await invite(admin, "so-khac", EDITOR, "administrator")
        await take_on(site, browser, EDITOR)
        assert "không giữ vai trò nào khác" in browser.page
    assert await roles(pool, EDITOR) == {("editor", "so-mau")}


@pytest.mark.parametrize("role", ["site_administrator", "visitor", "citizen", "", "Editor", "administrator'"])
async def test_only_the_roles_of_an_agency_are_given_there(pool: Pool, admin: Browser, role: str) -> None:
    assert await invite(admin, "so-mau", EDITOR, role) == 422
    assert await pool.fetchval("select count(*) from invitations") == 0


async def test_fields_that_the_form_does_not_have_change_nothing(site: Site, pool: Pool) -> None:
    async with site.browser() as browser:
        await browser.sign_in(EDITOR)
        await browser.open("/tai-khoan")
        await browser.submit(
            "/tai-khoan/ten", name="x", role="administrator", agency="1", person="1", verified="true", email="z@example.vn"
        )
        assert await roles(pool, EDITOR) == set()
        assert await pool.fetchval("select email from contacts") == EDITOR


async def test_every_act_is_recorded_with_who_what_and_when_and_cannot_be_changed(site: Site, pool: Pool, admin: Browser) -> None:
    await invite(admin, "so-mau", EDITOR, "editor")
    async with site.browser() as browser:
        await take_on(site, browser, EDITOR)
    await admin.open("/quan-tri/co-quan/so-mau")
    await admin.submit("/quan-tri/bo-vai-tro")
    await admin.open("/quan-tri/co-quan/so-mau")
    await admin.submit("/quan-tri/co-quan/so-mau/ten", name="Sở Mẫu mới", name_en="New")
    acts = [row["act"] for row in await pool.fetch("select act from acts order by id")]
    assert acts == [
        "role_given_at_console", "agency_added", "agency_added", "invited", "role_accepted", "role_taken_away", "agency_renamed",
    ]  # fmt: skip
    page = (await admin.open("/quan-tri/nhat-ky")).text
    for words in (
        "Cấp vai trò từ máy chủ",
        "Thêm cơ quan",
        "Mời nhận vai trò",
        "Nhận vai trò",
        "Bỏ vai trò",
        "Đổi tên cơ quan",
        SITE_ADMIN,
    ):
        assert words in page
    assert "@" not in str(await pool.fetch("select to_jsonb(acts)::text from acts"))
    for change in ("update acts set actor = null", "delete from acts", "truncate acts"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(change)


async def test_the_record_is_read_a_page_at_a_time(site: Site, pool: Pool, admin: Browser) -> None:
    await pool.execute("insert into acts (act, detail) select 'invited', '{}' from generate_series(1, 60)")
    first = (await admin.open("/quan-tri/nhat-ky")).text
    assert first.count("<time") == 50
    link = first.partition('rel="next" href="')[2].partition('"')[0]
    assert (await admin.open(link)).text.count("<time") == 13
    assert (await admin.open("/quan-tri/nhat-ky?truoc=' or 1=1")).status_code == 200


@pytest.mark.parametrize(
    ("slug", "name", "field"),
    [("so-mau", "x", "slug"), ("Sở", "x", "slug"), ("x", "x", "slug"), ("-ab", "x", "slug"), ("a/b", "x", "slug"), ("ab", " ", "name")],
)
async def test_an_agency_without_a_good_address_or_name_is_not_added(admin: Browser, slug: str, name: str, field: str) -> None:
    await admin.open("/quan-tri")
    response = await admin.submit("/quan-tri", slug=slug, name=name, name_en="x")
    assert response.status_code == 422 and f'href="#{field}"' in response.text


async def test_what_administrators_write_is_shown_as_text(admin: Browser) -> None:
    await admin.open("/quan-tri")
    page = await admin.submit("/quan-tri", slug="xss", name='<script>alert(1)</script>"', name_en="x")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize("role", [None, Role.CITIZEN, Role.MODERATOR, Role.EDITOR])
async def test_nobody_else_enters_the_administration(site: Site, pool: Pool, admin: Browser, role: Role | None) -> None:
    async with site.browser() as browser:
        if role in (Role.MODERATOR, Role.EDITOR):
            await invite(admin, "so-mau", EDITOR, str(role))
            await take_on(site, browser, EDITOR)
        elif role is Role.CITIZEN:
            await browser.sign_in(EDITOR)
        for path in ("/quan-tri", "/quan-tri/nhat-ky", "/quan-tri/he-thong", "/quan-tri/co-quan/so-mau", "/quan-tri/co-quan/khong-co"):
            response = await browser.client.get(path)
            assert response.status_code == (303 if role is None else 403)
            assert response.headers.get("location", "/dang-nhap").startswith("/dang-nhap")


async def test_the_first_administrator_is_made_at_the_console_and_only_once(site: Site, pool: Pool) -> None:
    first = await make_administrator(pool, " Quan-Tri@Example.VN")
    assert await make_administrator(pool, SITE_ADMIN) == first
    assert await roles(pool, SITE_ADMIN) == {("administrator", None)}
    assert await pool.fetchval("select count(*) from acts") == 1
