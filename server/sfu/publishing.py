"""The tracks that one participant publishes: announced, negotiated, muted, withdrawn.

A track is *announced* by ``add_track`` and *live* once a session description has named its section; the others hear of live tracks
only.
"""

from collections.abc import Iterable, Iterator, Sequence

from livekit.protocol.models import SimulcastCodecInfo, TrackInfo, TrackType, VideoLayer
from livekit.protocol.rtc import (
    AddTrackRequest,
    SubscriptionPermission,
    UpdateLocalAudioTrack,
    UpdateLocalVideoTrack,
)

from rooms.media.codecs import Codec
from rooms.media.grants import fits
from rooms.media.quality import Figures
from rooms.media.wishes import HIGH, OFF, Dynacast
from server.kernel.refused import Refused
from server.sfu.forwarding import Kind, Track
from server.sfu.participant import Participant, source_name
from server.sfu.sids import new_sid

_MIMES = {
    "audio": {"opus": "audio/opus", "red": "audio/opus"},
    "video": {"vp8": "video/VP8", "h264": "video/H264", "vp9": "video/VP9", "av1": "video/AV1"},
}
_SETTLED_US = 5_000_000
"""A camera may take so long to begin, and to begin again when it is watched again."""
_PREFIXES = {
    "unknown": "TR_",
    "camera": "TR_VC",
    "microphone": "TR_AM",
    "screen_share": "TR_VS",
    "screen_share_audio": "TR_AS",
}


class Published:
    """One track of one participant."""

    def __init__(self, owner: Participant, request: AddTrackRequest, kind: Kind, mime: str) -> None:
        self.owner = owner
        self.kind = kind
        """``audio`` or ``video``."""
        self.source = source_name(request.source)
        self.info = _describe(request, new_sid(_PREFIXES[self.source]), mime)
        self.cids = {request.cid, *(codec.cid for codec in request.simulcast_codecs[:1])} - {""}
        self.codec: Codec | None = Codec(mime) if request.simulcast_codecs else None
        """None leaves it to the track's section, whose first it is: some clients name it only by that order."""
        self.media: Track | None = None
        """Its packets, once it is live."""
        self.live_since_us = 0
        self.withdrawn = False
        self.muted_by_server = False
        self.dynacast = Dynacast()
        self.told_subscribed = False

    @property
    def sid(self) -> str:
        return self.info.sid

    @property
    def live(self) -> bool:
        return self.media is not None and not self.withdrawn

    @property
    def mime(self) -> str:
        """Such as ``video/VP8``."""
        return self.info.mime_type

    def settle_codec(self, codec: Codec) -> None:
        """Says which codec has been negotiated, whatever was announced."""
        self.codec = codec
        self.info.mime_type = self.info.codecs[0].mime_type = codec.mime


class Publishing:
    """What one participant publishes, and to whom they allow it."""

    def __init__(self, owner: Participant) -> None:
        self._owner = owner
        self.tracks: dict[str, Published] = {}
        self._everybody = True
        self._allowed: dict[str, frozenset[str] | None] = {}

    def live(self) -> list[Published]:
        return [published for published in self.tracks.values() if published.live]

    def announce(self, request: AddTrackRequest) -> Published:
        """Takes note of a track that is to come.

        Raises: ``Refused`` with ``not_allowed``, ``unsupported``, ``invalid`` or ``limit_exceeded``.
        """
        owner = self._owner
        source = source_name(request.source)
        kind: Kind = "audio" if request.type == TrackType.AUDIO else "video"
        if request.type not in (TrackType.AUDIO, TrackType.VIDEO) or request.sid:
            raise Refused("unsupported")  # data tracks, and a second codec for a track that is there
        if not fits(source, kind) or not request.cid:
            raise Refused("invalid")
        if not owner.permission.may_publish(source):
            raise Refused("not_allowed")
        if len(self.tracks) >= owner.limits.tracks:
            raise Refused("limit_exceeded")
        if any(len(text.encode()) > owner.limits.name_bytes for text in (request.name, request.cid, request.stream)):
            raise Refused("invalid")
        if len(_named_layers(request)) > 3 or len(request.audio_features) > 16:
            raise Refused("invalid")
        published = Published(owner, request, kind, _mime(request, kind))
        self.tracks[published.sid] = published
        return published

    def withdraw(self, sid: str) -> Published | None:
        """Ends a track at once: not one more of its packets is forwarded. None when there is none."""
        published = self.tracks.pop(sid, None)
        if published is not None:
            published.withdrawn = True
            if published.media is not None:
                published.media.close()
        return published

    def not_permitted(self) -> list[Published]:
        """Those that their owner may not publish any more."""
        return [published for published in self.tracks.values() if not self._owner.permission.may_publish(published.source)]

    def set_muted(self, sid: str, muted: bool) -> Published | None:
        """Mutes or unmutes; while muted nothing is forwarded. Returns the track when that changed something."""
        published = self.tracks.get(sid)
        if published is None or published.info.muted == muted:
            return None
        published.info.muted = muted
        if published.media is not None:
            published.media.set_muted(muted)
        return published

    def refine(self, update: UpdateLocalAudioTrack | UpdateLocalVideoTrack) -> Published | None:
        """Changes what is told of a track."""
        published = self.tracks.get(update.track_sid)
        if published is None:
            return None
        if isinstance(update, UpdateLocalAudioTrack):
            published.info.audio_features[:] = update.features[:16]
        else:
            published.info.width, published.info.height = update.width, update.height
        return published

    def allow(self, permission: SubscriptionPermission) -> None:
        """Says who may receive these tracks: everybody, or those named."""
        self._everybody = permission.all_participants
        self._allowed = {}
        for one in permission.track_permissions[:1000]:
            who = one.participant_identity or one.participant_sid
            self._allowed[who] = None if one.all_tracks else frozenset(one.track_sids)

    def allows(self, viewer: Participant, sid: str) -> bool:
        """Whether ``viewer`` may receive the track ``sid``."""
        if self._everybody:
            return True
        for who in (viewer.identity, viewer.sid):
            if who in self._allowed:
                tracks = self._allowed[who]
                return tracks is None or sid in tracks
        return False

    def figures(self, now_us: int) -> Iterator[Figures]:
        """How the live tracks arrive here, each layer since the last call."""
        for published in self.live():
            media = published.media
            if media is None or published.info.muted:
                continue
            for layer in media.layers.values():
                window = layer.reception.window()
                yield Figures(window.expected, window.received, window.recovered, jitter_us=window.jitter_us)
            # A microphone may be silent and send nothing; a camera that somebody watches may not.
            watched = published.kind == "video" and published.dynacast.told > OFF and now_us - published.live_since_us > _SETTLED_US
            if watched and media.best(HIGH, now_us) is None:
                yield Figures(0, 0, stalled=True)


def infos(tracks: Iterable[Published]) -> list[TrackInfo]:
    return [published.info for published in tracks]


def _mime(request: AddTrackRequest, kind: str) -> str:
    """The codec that the announcement names first, or what most clients mean when it names none.

    Raises: ``Refused("unsupported")``.
    """
    known = _MIMES[kind]
    if not request.simulcast_codecs:
        return next(iter(known.values()))
    name = request.simulcast_codecs[0].codec.lower().rpartition("/")[2]
    if name and name not in known:
        raise Refused("unsupported")
    return known.get(name, next(iter(known.values())))


def _describe(request: AddTrackRequest, sid: str, mime: str) -> TrackInfo:
    layers = sorted((_layer(named) for named in _named_layers(request)), key=lambda layer: layer.quality)
    info = TrackInfo(
        sid=sid,
        type=request.type,
        name=request.name,
        muted=request.muted,
        width=request.width,
        height=request.height,
        simulcast=len(layers) > 1,
        disable_dtx=request.disable_dtx,
        source=request.source,
        layers=layers,
        mime_type=mime,
        stereo=request.stereo,
        disable_red=True,  # redundant audio is not spoken here, so nobody is to expect it
        encryption=request.encryption,
        stream=request.stream,
        audio_features=request.audio_features,
    )
    info.codecs.append(SimulcastCodecInfo(mime_type=mime, cid=request.cid, layers=layers))
    return info


def _named_layers(request: AddTrackRequest) -> Sequence[VideoLayer]:
    return request.layers or (request.simulcast_codecs[0].layers if request.simulcast_codecs else ())


def _layer(named: VideoLayer) -> VideoLayer:
    """Numbers only: everybody is told of it again and again, and texts or fields unknown here could be of any length."""
    return VideoLayer(quality=named.quality, width=named.width, height=named.height, bitrate=named.bitrate, ssrc=named.ssrc)
