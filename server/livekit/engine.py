"""A media engine behind LiveKit's public interfaces. It may be down at any moment: whoever asks is told so, within seconds."""

from datetime import timedelta
from functools import cached_property
from secrets import token_hex
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from server.livekit.client import Client

PASS_LASTS = timedelta(minutes=10)
"""A pass is for connecting only: the engine itself renews the token of who is connected."""
TRIAL = "trial"
TRIAL_LASTS = timedelta(minutes=1)
WAIT_S = 3.0
"""How long the engine may take for an answer."""

Source = Literal["microphone", "camera", "screen_share"]

SEEN = ("camera", "screen_share")
HEARD = ("microphone", *SEEN, "screen_share_audio")
"""What may be published by who may only be seen, and by who may be heard: what a screen sounds like is speech to who wants to be heard."""


class EngineAway(Exception):
    """The engine did not answer in time, or not as it should."""


class Connected(msgspec.Struct, frozen=True):
    """A participant as the engine knows them: whether they may be heard, whether they publish sound under the name of a picture, and what
    they send now, by source."""

    heard: bool
    disguised: bool
    sends: frozenset[Source] = frozenset()


class News(msgspec.Struct, frozen=True):
    """What a webhook tells: something of this kind happened in this media room, to this participant (empty: to the room itself)."""

    kind: str
    room: str
    who: str


class MediaEngine:
    """One engine. ``url`` is where this process reaches it over HTTP; ``public_url`` is what pages connect to (empty: their own origin)."""

    def __init__(self, url: str, public_url: str, key: str, secret: str) -> None:
        self.public_url = public_url
        self._url = url
        self._key = key
        self._secret = secret

    @cached_property
    def _client(self) -> "Client":
        # LiveKit's library brings an HTTP client of its own, a third of a second and fifteen megabytes: not for who holds no meeting.
        from server.livekit.client import Client

        return Client(self._url, self._key, self._secret)

    async def close(self) -> None:
        """End the connections to the engine."""
        if "_client" in vars(self):
            await self._client.close()

    def media_pass(self, room: str, who: str, name: str, *, heard: bool) -> str:
        """A token with which ``who`` may connect to the media room ``room`` within ``PASS_LASTS``, see, hear, be seen and perhaps heard."""
        may = {"room_join": True, "can_publish": True, "can_publish_sources": list(HEARD if heard else SEEN), "can_subscribe": True}
        may_not = {"can_publish_data": False, "can_update_own_metadata": False}
        return self._client.token(who, name, PASS_LASTS, {"room": room, **may, **may_not})

    def trial_pass(self) -> str:
        """A token with which a page finds out whether it could connect: unseen, to see, hear and send nothing."""
        # One room for all who try: who keeps connections open fills that room, and takes none from the meetings.
        grants = {"room": TRIAL, "room_join": True, "can_publish": False, "can_subscribe": False, "can_publish_data": False, "hidden": True}
        return self._client.token(f"trial-{token_hex(8)}", "", TRIAL_LASTS, grants)

    async def participants(self, room: str) -> dict[str, Connected]:
        """Who is connected to a media room; nobody when there is no such room.

        Raises: EngineAway.
        """
        return await self._client.connected(room)

    async def permit(self, room: str, who: str, *, heard: bool) -> None:
        """Let ``who`` be heard, or be heard no more: what they published is not forwarded from then on, whatever their client does.

        Raises: EngineAway.
        """
        await self._client.permit(room, who, HEARD if heard else SEEN)

    async def mute(self, room: str, who: str, source: Source) -> None:
        """Turn off what ``who`` publishes from ``source``, if anything.

        Raises: EngineAway.
        """
        await self._client.mute(room, who, source)

    async def remove(self, room: str, who: str) -> None:
        """Disconnect a participant, if there is one.

        Raises: EngineAway.
        """
        await self._client.remove(room, who)

    async def delete(self, room: str) -> None:
        """Disconnect everybody and end the media room, if there is one.

        Raises: EngineAway.
        """
        await self._client.delete(room)

    def read_webhook(self, body: bytes, authorization: str) -> News | None:
        """What a webhook tells; nothing when it is not signed with the engine's secret, or malformed."""
        return self._client.read_webhook(body, authorization)
