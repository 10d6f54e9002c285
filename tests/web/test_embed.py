"""The card that others frame: it alone may be framed, it remembers nobody, and nothing in it comes from elsewhere."""

import re

import httpx
import pytest

from server.store.connection import Pool
from tests.web.citizens import parsed
from tests.web.office import HOSTILE, scripted
from tests.web.open_site import OpenSite
from tests.web.test_policy_everywhere import EVERYBODYS


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


def may_be_framed(answer: httpx.Response) -> bool:
    """As browsers decide: frame-ancestors where it is known, X-Frame-Options where it is not."""
    ancestors = re.search(r"frame-ancestors ([^;]+)", answer.headers["content-security-policy"])
    return ancestors is not None and ancestors[1] != "'none'"


async def test_the_card_and_nothing_else_may_be_framed(site: OpenSite) -> None:
    async with site.opened() as slug, site.browser() as visitor:
        framed = set()
        for door in site.edge.doors:
            if door.takes == "nothing" and door.action in EVERYBODYS:
                path = door.path.replace("{slug}", slug).replace("{language}", "vi").replace("{anchor}", "dieu-1")
                answer = await visitor.client.get(re.sub(r"{\w+:int}", "1", path).replace("{secret}", "x"))
                if may_be_framed(answer):
                    framed.add(door.path)
                    assert "x-frame-options" not in answer.headers
                else:
                    assert answer.headers["x-frame-options"] == "DENY"
        assert framed == {"/lay-y-kien/{slug}/the/{language}"}
        missing = await visitor.client.get("/lay-y-kien/khong-co/the/vi")
        assert missing.status_code == 404 and not may_be_framed(missing)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_card_is_the_same_for_everybody_sets_no_cookie_and_loads_nothing_from_elsewhere(site: OpenSite, language: str) -> None:
    async with site.opened(title=f"Dự thảo {HOSTILE}") as slug, site.browser() as visitor, site.citizen("toi") as me:
        path = f"/lay-y-kien/{slug}/the/{language}"
        for asked in (path, f"{path}?lang=vi", f"{path}?lang=en"):
            seen, mine = await visitor.client.get(asked), await me.client.get(asked)
            assert seen.status_code == 200 and seen.text == mine.text
            assert "set-cookie" not in seen.headers and "set-cookie" not in mine.headers
            assert seen.headers["cache-control"] == "public, max-age=60" and seen.headers["cross-origin-resource-policy"] == "cross-origin"
        policy = dict(one.strip().split(" ", 1) for one in seen.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'none'" and "script-src" not in policy
        assert {policy[name] for name in ("style-src", "font-src", "img-src")} == {"'self'"}
        card = parsed(seen.text)
        assert card.get("lang") == language and not scripted(seen.text) and not card.xpath("//script | //form | //iframe | //*[@style]")
        assert all(str(one.get("href")).startswith("/static/") for one in card.iter("link"))
        links = {(one.get("href"), one.get("target"), one.get("rel")) for one in card.iter("a")}
        assert links == {(f"{site.origin}/lay-y-kien/{slug}", "_blank", "noopener")}, "from the frame one comes to the site itself"


async def test_the_card_tells_how_many_of_those_hoped_for_were_heard(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await site.pool.execute("update consultations set target = 40")
        for number in range(5):
            await site.contribute(f"nguoi-{number}", slug, "Nên làm", "dieu-1")
        card = parsed((await visitor.client.get(f"/lay-y-kien/{slug}/the/vi")).text)
    assert (
        "40 người" in card.text_content()
        and "đến nay 5 người đã góp ý" in card.text_content()
        and card.xpath("//*[local-name()='rect']/@width") == ["12.5"]
    )


async def test_the_code_to_copy_is_a_frame_of_the_card_whatever_the_title(site: OpenSite) -> None:
    async with site.opened(title=f"Dự thảo {HOSTILE}") as slug, site.browser() as visitor:
        page = parsed((await visitor.open(f"/lay-y-kien/{slug}/nhung")).text)
        code = parsed(page.xpath("//textarea")[0].text)
        [frame] = [code] if code.tag == "iframe" else code.xpath("//iframe")
        assert frame.get("src") == f"{site.origin}/lay-y-kien/{slug}/the/vi" and frame.get("title") == f"Dự thảo {HOSTILE}"
        assert set(frame.keys()) == {"src", "title", "width", "height", "loading"} and not scripted(page.xpath("//textarea")[0].text)


async def test_of_a_draft_there_is_no_card(site: OpenSite) -> None:
    agency = await site.agency()
    slug = await site.open_consultation(agency)
    await site.pool.execute("update consultations set phase = 'draft'")
    async with site.official("bien-tap", ("editor", agency)) as editor:
        assert (await editor.client.get(f"/lay-y-kien/{slug}/the/vi")).status_code == 404, "not even for those who may read it"
