"""What an access token allows its holder to do in a room, and what was granted or withdrawn since.

Source: LiveKit's access tokens, the claim ``video``. What a token does not mention is refused, but for publishing, subscribing and
data, which are allowed where the claim is absent.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from server.kernel.refused import Refused

CAMERA, MICROPHONE, SCREEN, SCREEN_AUDIO = "camera", "microphone", "screen_share", "screen_share_audio"
SOURCES = {CAMERA: "video", MICROPHONE: "audio", SCREEN: "video", SCREEN_AUDIO: "audio"}
"""Every source of media, with the kind of its tracks."""

_T = TypeVar("_T", bool, str)


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What one participant may do now."""

    publish: bool = True
    sources: frozenset[str] = frozenset()
    """The only sources that may be published; empty when any may. Without ``publish`` nothing may."""
    subscribe: bool = True
    publish_data: bool = True
    update_metadata: bool = False
    """Whether they may change their own name, metadata and attributes."""
    hidden: bool = False
    """Whether the others are never told of them."""
    recorder: bool = False

    def may_publish(self, source: str) -> bool:
        """``source`` is one of ``SOURCES``, or anything else for a track whose source is not told."""
        return self.publish and (not self.sources or source in self.sources)


class Grants(msgspec.Struct, frozen=True, kw_only=True):
    """What a token allows."""

    room: str = ""
    join: bool = False
    admin: bool = False
    """Whether the holder rules over ``room``, and over no other."""
    create: bool = False
    list: bool = False
    permission: Permission = Permission()

    def may_join(self) -> bool:
        return self.join and bool(self.room)

    def may_rule(self, room: str) -> bool:
        return self.admin and bool(room) and self.room == room


def read_grants(video: Mapping[str, object]) -> Grants:
    """The grants of the claim ``video``. Unknown claims are ignored.

    Raises: ``Refused("bad_token")`` when a claim has the wrong type.
    """
    sources = video.get("canPublishSources") or []
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise Refused("bad_token", claim="canPublishSources")
    return Grants(
        room=_claim(video, "room", ""),
        join=_claim(video, "roomJoin", False),
        admin=_claim(video, "roomAdmin", False),
        create=_claim(video, "roomCreate", False),
        list=_claim(video, "roomList", False),
        permission=Permission(
            publish=_claim(video, "canPublish", True),
            sources=frozenset(source.lower() for source in sources),
            subscribe=_claim(video, "canSubscribe", True),
            publish_data=_claim(video, "canPublishData", True),
            update_metadata=_claim(video, "canUpdateOwnMetadata", False),
            hidden=_claim(video, "hidden", False),
            recorder=_claim(video, "recorder", False),
        ),
    )


def write_grants(room: str, permission: Permission) -> dict[str, object]:
    """The claim ``video`` of a token with which somebody inside ``room`` comes back to it."""
    return {
        "room": room,
        "roomJoin": True,
        "canPublish": permission.publish,
        "canPublishSources": sorted(permission.sources),
        "canSubscribe": permission.subscribe,
        "canPublishData": permission.publish_data,
        "canUpdateOwnMetadata": permission.update_metadata,
        "hidden": permission.hidden,
        "recorder": permission.recorder,
    }


def fits(source: str, kind: str) -> bool:
    """Whether a track of ``kind`` (``audio`` or ``video``) may call itself ``source``.

    Without it, who may only show a camera could speak through an audio track that calls itself one.
    """
    return SOURCES.get(source, kind) == kind


def _claim(video: Mapping[str, object], name: str, absent: _T) -> _T:
    value = video.get(name)
    if value is None:
        return absent
    if type(value) is not type(absent):
        raise Refused("bad_token", claim=name)
    return value
