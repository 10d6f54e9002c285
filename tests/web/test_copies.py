"""Contributions that say nearly the same are read together, and each stays a voice of its own."""

from server.store.connection import Pool
from server.web.copies import MEMBERS, SHOWN
from tests.web.office import Office, links, words

LETTER = "Đề nghị bỏ quy định thu phí đăng ký tham dự vì người dân ở vùng xa không có ngân hàng nào gần nhà."


async def test_a_moderator_sees_what_each_copy_adds_and_others_see_nothing(pool: Pool) -> None:
    office = Office(pool)
    agency, elsewhere = await office.agency(), await office.agency("khac", "Cơ quan khác")
    slug = await office.open_consultation(agency)
    made = [await office.contribute("Lan", slug, text) for text in (LETTER, f"Tôi trồng lúa. {LETTER}", "Việc khác hẳn.")]
    path = f"/kiem-duyet/giong-nhau/{slug}"
    async with office.official("mot", ("moderator", agency)) as browser, office.official("hai", ("moderator", elsewhere)) as other:
        await browser.open(f"/kiem-duyet?dot={slug}&muc=cho")
        assert f"{path}?muc=cho" in links(browser.page)
        await browser.open(path)
        assert "Nhóm 1: 2 ý kiến" in words(browser.page) and "<ins>Tôi trồng lúa. </ins>" in browser.page
        assert "Việc khác hẳn." not in browser.page
        assert (await other.open(path)).status_code == 404
        assert " checked" not in browser.page, "nothing is chosen beforehand"
        [whole] = [link for link in links(browser.page) if "chon=" in link]
        await browser.open(f"{path}{whole}")
        assert browser.page.count(" checked") == 2 and "Chọn cả nhóm" not in words(browser.page)
        chosen = [part.partition('"')[0] for part in browser.page.split('name="chosen" value="')[1:]]
        await browser.submit("/kiem-duyet/nhieu", chosen=chosen, ruling="publish")  # type: ignore[arg-type]
    assert [await office.state_of(one) for one in made] == ["visible", "visible", "waiting"]


async def test_many_groups_are_read_a_page_at_a_time_and_a_large_one_part_by_part(pool: Pool) -> None:
    office = Office(pool)
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    first = await office.contribute("Lan", slug, LETTER)
    wishes = ("đường", "trường học", "trạm y tế", "chợ", "sân bóng", "cầu", "điện", "nước sạch", "rác", "tiếng ồn", "cây xanh", "vỉa hè")
    said = [f"Đề nghị xem lại việc {one} ở xã tôi vì {one} thiếu đã lâu, mọi người hỏi {one} mà chưa ai trả lời." for one in wishes]
    alike = [LETTER] * MEMBERS + [text for one in said for text in (one, f"{one} Xin cảm ơn.")]
    more = (
        "insert into contributions (consultation, author, name, kind, verified, text, at, state)"
        " select consultation, author, name, kind, false, t, at, state from contributions, unnest($2::text[]) as t where id = $1"
    )
    await pool.execute(more, first, alike)
    async with office.official("mot", ("moderator", agency)) as browser:
        page = words((await browser.open(f"/kiem-duyet/giong-nhau/{slug}?muc=cho")).text)
        assert f"Nhóm 1: {MEMBERS + 1} ý kiến" in page and "Còn 1 ý kiến của nhóm này" in page and f"Nhóm {SHOWN + 1}:" not in page
        [smaller] = [link for link in links(browser.page) if "trang=2" in link]
        page = words((await browser.open(f"/kiem-duyet/giong-nhau/{slug}{smaller}")).text)
        assert f"Nhóm {SHOWN + 1}:" in page and "Nhóm 1:" not in page
