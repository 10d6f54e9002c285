"""The next version of a draft: prepared, compared, put in place, and everything that was said followed into it."""

import hashlib
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest

from consultations import commands as c
from consultations.tree import content, find
from server.documents import import_document
from server.kernel.ids import CommandId, ContributionId, NodeId
from server.store import drafts
from server.store.connection import Pool
from server.web.consultation_page import voice_url
from server.web.desk import fresh_command
from tests.web.office import DECREE, HOSTILE, Office, links, scripted, words
from tests.web.site import Browser, forms_of

NEXT = (
    DECREE.replace("2. Không áp dụng với việc khác.\n", "")
    .replace("b) Việc thứ hai.", "b) Việc thứ hai, trong vòng mười ngày.")
    .replace(
        "### Điều 2. Đối tượng áp dụng\n",
        "### Điều 2. Giải thích từ ngữ\nTrong Nghị định này có từ mới.\n\n### Điều 3. Đối tượng áp dụng\n",
    )
)
PAGE, BASE = "/lay-y-kien/du-thao-mau", "/bien-tap/du-thao-mau/phien-ban"


class Scene(NamedTuple):
    office: Office
    editor: Browser
    citizen: Browser

    async def say(self, anchor: str, text: str, quote: str = "", suggestion: str | None = None) -> ContributionId:
        """An opinion on the node with this anchor of the first version."""
        author = await self.office.person(f"nguoi-{text[:5].strip()}")
        consultation = await self.office.consultation("du-thao-mau")
        async with self.office.pool.acquire() as connection:
            nodes = {one.anchor: one.id for one in await drafts.read_nodes(connection, consultation, 1)}
        path = find(import_document("mau.md", DECREE.encode()).draft, NodeId(nodes[anchor]))
        assert path is not None
        base = hashlib.sha256(content(path[-1]).encode()).hexdigest() if suggestion else None
        command = c.Contribute(NodeId(nodes[anchor]), text, author.name, quote=quote, suggestion=suggestion, base=base)
        given = await self.office.consulting.speak(author, CommandId(fresh_command()), consultation, command)
        assert given.contribution is not None
        return given.contribution

    async def upload(self, text: str = NEXT) -> httpx.Response:
        action = f"{BASE}/tep"
        await self.editor.open(BASE)
        response = await self.editor.client.post(
            action,
            data=forms_of(self.editor.page)[action],
            files={"file": ("moi.md", text.encode())},
            headers={"origin": self.office.origin},
            follow_redirects=True,
        )
        self.editor.page = response.text
        return response

    async def place(self) -> httpx.Response:
        await self.editor.open(f"{BASE}/xac-nhan")
        return await self.editor.submit(f"{BASE}/xac-nhan")


@pytest.fixture
async def scene(pool: Pool) -> AsyncIterator[Scene]:
    office = Office(pool)
    agency = await office.agency()
    assert await office.open_consultation(agency, moderation="after") == "du-thao-mau"
    async with office.official("bien-tap-vien", ("editor", agency)) as editor, office.citizen("cu-tri") as citizen:
        yield Scene(office, editor, citizen)


async def test_a_version_is_prepared_looked_at_and_put_in_place_with_all_that_was_said(scene: Scene) -> None:
    given = [
        await scene.say("dieu-1-khoan-1-diem-a", "Giữ điểm này", quote="Việc thứ nhất"),
        await scene.say("dieu-1-khoan-1-diem-b", "Thêm thời hạn"),
        await scene.say("dieu-1-khoan-2", "Sẽ mất chỗ"),
        await scene.say("dieu-2", f"Sẽ chuyển {HOSTILE}"),
        await scene.say("dieu-1", "Trích không rõ", quote="Phạm vi điều chỉnh"),
    ]
    await scene.office.pool.execute("update contributions set quote = 'chữ không có ở đây' where quote = 'Phạm vi điều chỉnh'")

    assert "Dự thảo mới có một phiên bản" in words((await scene.citizen.open(f"{PAGE}/so-sanh")).text)
    page = await scene.upload()
    assert "Chuẩn bị phiên bản 2" in words(page.text) and "trong vòng mười ngày" in words(page.text)
    assert (await scene.citizen.open(f"{PAGE}/v2")).status_code == 404
    shown = await scene.editor.open(f"{BASE}/doi-chieu?xem=song-song")
    assert "<ins>" in shown.text and "Không áp dụng với việc khác" in words(shown.text)

    confirmed = words((await scene.editor.open(f"{BASE}/xac-nhan")).text)
    for counted in ("Chưa chắc chắn 1", "Không còn 1", "Sửa lời 1", "Chuyển chỗ 1", "Giữ nguyên 1", "khoản, điểm 5"):
        assert counted in confirmed, confirmed
    assert not scripted(scene.editor.page)
    placed = await scene.place()
    assert "Đã đưa phiên bản mới ra lấy ý kiến." in words(placed.text)

    newest = await scene.citizen.open(PAGE)
    assert "Giải thích từ ngữ" in words(newest.text) and f"{PAGE}/v1" in links(newest.text)
    earlier = await scene.citizen.open(f"{PAGE}/v1")
    assert "không còn là bản đang lấy ý kiến" in words(earlier.text) and "Không áp dụng với việc khác." in words(earlier.text)
    assert "Giải thích từ ngữ" not in words(earlier.text)
    states = await scene.office.pool.fetch("select here_state, here_doubtful from contributions order by id")
    assert [tuple(row) for row in states] == [
        ("kept", False),
        ("changed", False),
        ("removed", False),
        ("moved", False),
        ("removed", True),
    ]
    fates = {
        0: "còn nguyên trong phiên bản 2: điểm a khoản 1 Điều 1",
        2: "không còn trong phiên bản 2",
        3: "đã chuyển chỗ trong phiên bản 2: Điều 3 . Góp ý vào: Điều 2 (phiên bản 1)",
        4: "Chưa xác định chắc chắn",
    }
    for number, said in fates.items():
        own = await scene.citizen.open(voice_url("du-thao-mau", given[number]))
        assert said in words(own.text) and any(link.startswith(f"{PAGE}/v1#") for link in links(own.text))


async def test_every_list_tells_what_became_of_the_words_and_one_list_has_those_that_are_gone(scene: Scene) -> None:
    moved, gone = await scene.say("dieu-2", "Sẽ chuyển"), await scene.say("dieu-1-khoan-2", "Sẽ mất chỗ", quote="việc khác")
    doubtful = await scene.say("dieu-1", "Trích không rõ", quote="Phạm vi điều chỉnh")
    await scene.office.pool.execute("update contributions set quote = 'chữ không có ở đây' where id = $1", doubtful)
    assert "Góp ý vào:" not in words((await scene.citizen.open(PAGE)).text) and "khong-con" not in scene.citizen.page
    await scene.upload()
    await scene.place()
    fate = "Lời được góp ý đã chuyển chỗ trong phiên bản 2: Điều 3 . Góp ý vào: Điều 2 (phiên bản 1)"
    for address in (PAGE, f"{PAGE}/y-kien/dieu-3", voice_url("du-thao-mau", moved)):
        page = await scene.citizen.open(address)
        assert fate in words(page.text) and {f"{PAGE}/v1#dieu-2", f"{PAGE}/v2#dieu-3"} <= set(links(page.text)), address
    page = await scene.citizen.open(PAGE)
    assert "3 ý kiến" in words(page.text).partition("Cách tham gia")[0], "those that are gone count as ever"
    [way] = [link for link in links(page.text) if "khong-con" in link]
    for order in ("", "?xep=ung-ho", "?sau=1"):
        listed = await scene.citizen.open(way + order)
        told = words(listed.text)
        assert ("Sẽ mất chỗ" in told or order) and "Sẽ chuyển" not in told and f'id="y-kien-{doubtful}"' in listed.text, order
        assert "Chưa xác định chắc chắn" in told and f"{PAGE}/v1#dieu-1" in links(listed.text)
    first = words((await scene.citizen.open(way)).text)
    assert "không còn trong phiên bản 2" in first and f"y-kien-{gone}" in scene.citizen.page
    assert "2 ý kiến" in first


async def test_a_comparison_marks_words_lists_what_changed_and_leads_to_both_versions(scene: Scene) -> None:
    await scene.upload()
    await scene.place()
    page = await scene.citizen.open(f"{PAGE}/so-sanh?tu=1&den=2")
    told = words(page.text)
    assert "[thêm: , trong vòng mười ngày ]" in told and "Thêm mới" in told and "Lược bỏ" in told
    assert "Việc thứ nhất" not in told  # it is the same
    assert f"{PAGE}/v2#dieu-1-khoan-1-diem-b" in links(page.text) and f"{PAGE}/v1#dieu-1-khoan-2" in links(page.text)
    assert 'id="cu-dieu-1-khoan-2"' in page.text and "từ Điều 2" in told
    whole = await scene.citizen.open(f"{PAGE}/so-sanh?tu=1&den=2&phan=tat-ca&xem=song-song")
    assert "Việc thứ nhất" in words(whole.text) and "diff__sides" in whole.text
    back = await scene.citizen.open(f"{PAGE}/so-sanh?tu=2&den=1")
    assert "[bỏ: , trong vòng mười ngày ]" in words(back.text)
    same = await scene.citizen.open(f"{PAGE}/so-sanh?tu=1&den=1")
    assert "không khác nhau chữ nào" in words(same.text)
    assert (await scene.citizen.open(f"{PAGE}/so-sanh?tu=1&den=9")).status_code == 404
    english = await scene.citizen.open(f"{PAGE}/so-sanh?lang=en")
    assert "Compare versions" in words(english.text)


async def test_accepted_wordings_are_merged_into_the_next_version_and_disputed_ones_are_left_to_the_editor(scene: Scene) -> None:
    one = await scene.say("dieu-1-khoan-2", "Rõ hơn", suggestion="Không áp dụng với các việc khác.")
    two = await scene.say("dieu-1-khoan-2", "Thêm vế", suggestion="Không áp dụng với việc khác do luật định.")
    three = await scene.say("dieu-1-khoan-2", "Khác hẳn", suggestion="Không áp dụng với mọi việc khác.")
    base = "/bien-tap/du-thao-mau/hop-nhat"
    listed = await scene.editor.open(base)
    assert "3 phương án" in words(listed.text) and f"{base}/dieu-1-khoan-2" in links(listed.text)

    both = await scene.editor.open(f"{base}/dieu-1-khoan-2?loc=1&chon={one}&chon={two}")
    assert "Không áp dụng với các việc khác do luật định." in both.text and "mỗi người muốn một khác" not in words(both.text)
    disputed = words((await scene.editor.open(f"{base}/dieu-1-khoan-2?loc=1&chon={one}&chon={two}&chon={three}")).text)
    assert "1 chỗ mỗi người muốn một khác" in disputed and f"(#{one})" in disputed and f"(#{three})" in disputed

    empty = await scene.editor.submit(f"{base}/dieu-1-khoan-2", words=" ")
    assert empty.status_code == 422 and "Xin ghi lời văn." in words(empty.text)
    await scene.editor.open(f"{base}/dieu-1-khoan-2?loc=1&chon={one}&chon={two}")
    taken = await scene.editor.submit(f"{base}/dieu-1-khoan-2", words="Không áp dụng với các việc khác do luật định.")
    assert "Đã đưa lời văn vào" in words(taken.text)
    source = await scene.editor.open(f"{BASE}/sua")
    assert "2. Không áp dụng với các việc khác do luật định." in source.text

    await scene.editor.submit(f"{BASE}/sua", source=DECREE.replace("#", ""), act="luu", revision="0")
    assert "Người khác vừa sửa bản này" in words(scene.editor.page)
    await scene.place()
    shown = words((await scene.citizen.open(PAGE)).text)
    assert "Không áp dụng với các việc khác do luật định." in shown


async def test_nothing_is_prepared_before_publication_nor_by_another_agency(scene: Scene) -> None:
    other = await scene.office.agency("khac", "Cơ quan khác")
    async with scene.office.official("nguoi-ngoai", ("editor", other)) as stranger:
        for path in (BASE, f"{BASE}/sua", f"{BASE}/doi-chieu", f"{BASE}/xac-nhan", "/bien-tap/du-thao-mau/hop-nhat"):
            assert (await stranger.open(path)).status_code == 404, path
    assert (await scene.citizen.open(BASE)).status_code == 403
    assert (await scene.editor.open(f"{BASE}/xac-nhan")).url.path == BASE  # nothing is in preparation
    refused = await scene.upload("chỉ là vài chữ")
    assert refused.status_code == 422 and "Không tìm thấy điều nào" in words(refused.text)
