"""What an evaluator finds on the first day: a consultation that went the whole way, made once however often the demo is seeded."""

from server.demo.seed import seed
from server.store.connection import Pool
from tests.web.office import Office, links, words

PAGE = "/lay-y-kien/nha-van-hoa-thon"


async def test_one_sample_went_from_its_first_version_to_every_answer_and_is_made_once(pool: Pool) -> None:
    counts, made = [], "select (select count(*) from events), (select count(*) from votes), (select count(*) from jobs)"
    for _ in range(2):
        await seed(pool)
        counts.append(await pool.fetchrow(made))
    assert counts[0] == counts[1]
    assert await pool.fetchval("select count(*) from jobs where kind = 'report' and state = 'waiting'") == 1, "its report is made"
    assert await pool.fetchval("select count(*) from jobs where kind like '%notice' and state = 'waiting'") == 0, "nobody is written to"
    async with Office(pool).browser() as visitor:
        told = words((await visitor.open(PAGE)).text)
        assert "Đã trả lời" in told and f"{PAGE}/v1" in links(visitor.page) and f"{PAGE}/so-sanh" in links(visitor.page)
        assert "Lời được góp ý đã sửa trong phiên bản 2: khoản 1 Điều 4" in told and "Tiếp thu nguyên câu chữ đề xuất." in told
        gone = words((await visitor.open(f"{PAGE}/y-kien/khong-con")).text)
        assert "Không nên thu phí" in gone and "không còn trong phiên bản 2" in gone and "Đã bỏ quy định thu phí" in gone
        assert "Thôn tôi cũng đang bỏ khoản thu này." in gone and "2 người ủng hộ" in gone
        assert "[thêm: , trực tiếp, qua điện thoại hoặc qua mạng" in words((await visitor.open(f"{PAGE}/so-sanh")).text)
