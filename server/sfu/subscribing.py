"""What one participant receives: which tracks they chose and may have, how large they show them, and how it is going."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from livekit.protocol.models import SubscriptionError, VideoQuality
from livekit.protocol.rtc import (
    SignalResponse,
    StreamState,
    StreamStateInfo,
    StreamStateUpdate,
    SubscriptionPermissionUpdate,
    SubscriptionResponse,
    UpdateTrackSettings,
)

from rooms.media.quality import Figures
from rooms.media.wishes import HIGH, OFF, Layer, Wish, wanted
from server.kernel.refused import Refused
from server.sfu.publishing import Published
from server.sfu.viewing import Viewing

if TYPE_CHECKING:
    from server.sfu.seat import Seat

_MOST_CHOICES = 5_000
_LONGEST_SID = 64
_WHOLE = 256
"""Receiver reports tell losses as a fraction of it."""
_STALLED_US = 2_000_000
"""A picture for which nothing comes for so long is told to be paused."""


class View:
    """One track as one participant receives it. Packets flow once ``viewing`` has been negotiated."""

    def __init__(self, published: Published, viewing: Viewing, wish: Wish) -> None:
        self.published = published
        self.viewing = viewing
        self.wish = wish
        self.paused = False
        """Whether the client has been told that it is, by the server's doing."""
        self.waits_since_us: int | None = None

    @property
    def sid(self) -> str:
        return self.published.sid

    @property
    def quality(self) -> int:
        """What is wanted of it, -1 for nothing."""
        info = self.published.info
        return wanted(self.wish, [Layer(layer.quality, layer.width, layer.height) for layer in info.layers])

    def apply(self) -> None:
        """Lets flow what is wanted."""
        now_us = time.monotonic_ns() // 1000
        if self.quality == OFF:
            self.viewing.pause(now_us)
            return
        self.viewing.wish(self.quality, now_us)
        if self.viewing.paused:
            self.viewing.resume(now_us)


class Subscribing:
    """The tracks of others that one participant receives."""

    def __init__(self, seat: "Seat", *, auto: bool) -> None:
        self._seat = seat
        self._auto = auto
        self._chosen: dict[str, bool] = {}
        self._wishes: dict[str, Wish] = {}
        self._denied: set[str] = set()
        self.views: dict[str, View] = {}

    # What the participant asks for

    def choose(self, sid: str, subscribe: bool) -> None:
        """Takes a track or leaves it, now or when it comes.

        Raises: ``Refused("limit_exceeded")``, ``Refused("too_large")``.
        """
        _check_room(self._chosen, sid)
        self._chosen[sid] = subscribe
        published = self._seat.room.find_track(sid)
        if published is not None and published.live:
            self.settle(published)
        elif subscribe:
            self._tell_failed(sid, SubscriptionError.SE_TRACK_NOTFOUND)

    def request(self, sid: str, settings: UpdateTrackSettings) -> None:
        """Says how a track is shown: its size, or that it is not seen at all.

        Raises: as ``choose``.
        """
        quality = settings.quality if settings.quality <= VideoQuality.HIGH else HIGH
        disabled = settings.disabled or settings.quality == VideoQuality.OFF
        wish = Wish(disabled, quality, settings.width, settings.height, settings.fps)
        _check_room(self._wishes, sid)
        self._wishes[sid] = wish
        view = self.views.get(sid)
        if view is not None:
            view.wish = wish
            view.apply()
            self._wished(view)

    # What is so

    def settle(self, published: Published) -> None:
        """Brings what flows into line with what is wanted and allowed of one track."""
        owner = self._owner(published)
        if owner is None or owner is self._seat:
            return
        participant, sid = self._seat.participant, published.sid
        visible = published.live and not owner.participant.permission.hidden
        chosen = visible and self._chosen.get(sid, self._auto)
        allowed = owner.publishing.allows(participant, sid)
        self._tell_allowed(published, chosen and not allowed)
        if chosen and allowed and participant.permission.subscribe:
            if sid not in self.views:
                self._add(published, owner)
        else:
            self.drop(sid, forget=False)

    def settle_all(self) -> None:
        for seat in self._seat.room.others(self._seat):
            for published in seat.publishing.live():
                self.settle(published)

    def drop(self, sid: str, *, forget: bool = True) -> None:
        """Ends receiving a track at once; ``forget`` when the track is gone for good."""
        view = self.views.pop(sid, None)
        if forget:
            for kept in (self._chosen, self._wishes):
                kept.pop(sid, None)
            self._denied.discard(sid)
        if view is None:
            return
        self._end(view)

    def unsupported(self, view: View) -> None:
        """The client cannot decode this track: it is told so, and the track is left."""
        if self.views.pop(view.sid, None) is not None:
            self._chosen[view.sid] = False
            self._end(view)
            self._tell_failed(view.sid, SubscriptionError.SE_CODEC_UNSUPPORTED)

    def _add(self, published: Published, owner: "Seat") -> None:
        if published.media is None:
            return
        viewing = self._seat.link.downlink.view(published.media)
        view = self.views[published.sid] = View(published, viewing, self._wishes.get(published.sid, Wish()))
        view.apply()
        self._wished(view)
        self._seat.link.add(view)
        owner.tell_subscribed(published)

    def _end(self, view: View) -> None:
        view.viewing.close()
        view.published.dynacast.leave(self._seat.participant.sid)
        self._seat.link.remove(view)

    def _wished(self, view: View) -> None:
        view.published.dynacast.wish(self._seat.participant.sid, view.quality)

    def _owner(self, published: Published) -> "Seat | None":
        seat = self._seat.room.seats.get(published.owner.identity)
        return seat if seat is not None and seat.participant is published.owner else None

    # What the client is told

    def tick(self, now_us: int) -> None:
        """Tells which pictures stand still through no fault of the client, and which move again."""
        changed = [
            StreamStateInfo(
                participant_sid=view.published.owner.sid,
                track_sid=view.sid,
                state=StreamState.PAUSED if view.paused else StreamState.ACTIVE,
            )
            for view in self.views.values()
            if self._look(view, now_us)
        ]
        if changed:
            self._seat.send(SignalResponse(stream_state_update=StreamStateUpdate(stream_states=changed)))

    def _look(self, view: View, now_us: int) -> bool:
        """Whether the client must be told something new of ``view``."""
        viewing, published = view.viewing, view.published
        if published.kind != "video":
            return False
        # A screen on which nothing changes may send nothing for long; a camera always does.
        flows = viewing.layer is not None and (viewing.layer.is_alive(now_us) or published.source != "camera")
        # A muted track and one that is not shown stand still as well, and the client knows it.
        if flows or published.info.muted or view.wish.disabled:
            view.waits_since_us = None
        elif view.waits_since_us is None:
            view.waits_since_us = now_us
        paused = view.waits_since_us is not None and now_us - view.waits_since_us >= _STALLED_US
        changed, view.paused = paused != view.paused, paused
        return changed

    def _tell_allowed(self, published: Published, denied: bool) -> None:
        if denied == (published.sid in self._denied):
            return
        (self._denied.add if denied else self._denied.discard)(published.sid)
        update = SubscriptionPermissionUpdate(participant_sid=published.owner.sid, track_sid=published.sid, allowed=not denied)
        self._seat.send(SignalResponse(subscription_permission_update=update))

    def _tell_failed(self, sid: str, error: SubscriptionError) -> None:
        self._seat.send(SignalResponse(subscription_response=SubscriptionResponse(track_sid=sid, err=error)))

    def figures(self) -> Iterator[Figures]:
        """How the tracks arrive, as the client last reported."""
        rtt_us = self._seat.link.downlink.outgoing.rtt_us or 0
        for view in self.views.values():
            if view.viewing.layer is not None:
                yield Figures(_WHOLE, _WHOLE - view.viewing.loss, rtt_us=rtt_us)

    def close(self) -> None:
        """Ends everything that is received."""
        for view in list(self.views.values()):
            self._end(view)
        self.views.clear()


def _check_room(kept: Mapping[str, object], sid: str) -> None:
    """Choices are kept also for tracks that are yet to come, so their number and their names are bounded."""
    if len(sid.encode()) > _LONGEST_SID:
        raise Refused("too_large")
    if sid not in kept and len(kept) >= _MOST_CHOICES:
        raise Refused("limit_exceeded")
