"""Where pages get the tickets of the live socket: who gets one, how often, and for what wish. Guests' are with the rooms."""

import pytest

from tests.web.site import NEWCOMERS, Browser, Site


async def test_newcomers_of_one_network_get_so_many_tickets_a_minute_and_who_signed_in_is_none(site: Site) -> None:
    async def status(browser: Browser) -> int:
        answer = await browser.client.post("/live/ticket", json={}, headers={"origin": site.origin})
        assert answer.status_code == 200 or answer.headers["retry-after"]
        return answer.status_code

    async with site.browser(address="192.0.2.1") as one, site.browser(address="192.0.2.200") as same_network:
        assert {await status(one) for _ in range(NEWCOMERS)} == {200}
        assert await status(one) == await status(same_network) == 429
    async with site.browser(address="192.0.3.1") as another_network:
        assert await status(another_network) == 200
    async with site.browser(address="192.0.2.1") as signed_in:
        await signed_in.sign_in("toi@example.vn")
        assert {await status(signed_in) for _ in range(NEWCOMERS + 1)} == {200}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"room": "4"}', b'{"room": 4, "who": 1}', b"[" * 4000])
async def test_a_wish_for_a_ticket_that_is_none_is_refused(site: Site, body: bytes) -> None:
    headers = {"origin": site.origin, "content-type": "application/json"}
    async with site.browser() as browser:
        answer = await browser.client.post("/live/ticket", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
