"""Contributions that say nearly the same are read together, and each stays a voice of its own."""

from server.store.connection import Pool
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
        chosen = [part.partition('"')[0] for part in browser.page.split('name="chosen" value="')[1:]]
        await browser.submit("/kiem-duyet/nhieu", chosen=chosen, ruling="publish")  # type: ignore[arg-type]
    assert [await office.state_of(one) for one in made] == ["visible", "visible", "waiting"]
