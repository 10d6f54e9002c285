"""What a media engine tells the site: believed when it is signed, whatever address it was sent to."""

import base64
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from google.protobuf.json_format import MessageToJson
from livekit.api import AccessToken
from livekit.protocol.models import Room
from livekit.protocol.webhook import WebhookEvent

from server.livekit.engine import MediaEngine, News
from server.store.connection import Pool
from server.web.edge import Edge, Place
from server.web.media_news import WEBHOOK, MediaNews
from tests.web.site import HOST, ORIGIN, Site

KEY, SECRET = "dien-hong", "s" * 32
BODY = MessageToJson(WebhookEvent(event="room_started", id="EV_1", room=Room(name="room-4-9"))).encode()


class Heard:
    """A site that keeps the news it believes."""

    def __init__(self, site: Site) -> None:
        self.news: list[News] = []
        self.engine = MediaEngine("http://127.0.0.1:9", "", KEY, SECRET)
        place = Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST}))
        self.edge = Edge(MediaNews(self.take).doors(), place=place, sessions=site.sessions, keys=site.keys, pages=site.pages)

    async def take(self, body: bytes, authorization: str) -> bool:
        news = self.engine.read_webhook(body, authorization)
        if news is not None:
            self.news.append(news)
        return news is not None


@pytest.fixture
async def heard(pool: Pool) -> AsyncIterator[Heard]:
    heard = Heard(Site(pool))
    yield heard
    await heard.engine.close()


def signature(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"authorization": AccessToken(KEY, secret).with_sha256(digest).to_jwt(), "content-type": "application/webhook+json"}


async def send(heard: Heard, headers: dict[str, str], body: bytes = BODY, origin: str = ORIGIN) -> httpx.Response:
    transport = httpx.ASGITransport(heard.edge, client=("127.0.0.1", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
        return await client.post(WEBHOOK, content=body, headers=headers)


@pytest.mark.parametrize("origin", [ORIGIN, "https://127.0.0.1:8000"])
async def test_signed_news_are_believed_without_a_page_of_ours(heard: Heard, origin: str) -> None:
    assert (await send(heard, signature(), origin=origin)).status_code == 200
    assert heard.news == [News("room_started", "room-4-9", "")]


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": ""}, {"authorization": "Bearer x"}, signature(secret="t" * 32), signature(b"{}")],
    ids=["unsigned", "empty", "no token", "another's", "of other news"],
)
async def test_anything_else_is_refused_as_a_program_reads_it(heard: Heard, headers: dict[str, str]) -> None:
    answer = await send(heard, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert heard.news == []


async def test_news_have_an_end(heard: Heard) -> None:
    body = BODY + b" " * (64 << 10)
    assert (await send(heard, signature(body), body)).status_code == 413
    assert heard.news == []
