"""A client of the rooms without a browser: LiveKit's signalling with two peer connections, synthetic sound and pictures, and a strict eye.

It is what the soak and the benchmarks are made of: it costs little, sends what it is told to, and sees every packet that is missing,
doubled, out of its order or not whole.
"""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from livekit.protocol import models
from livekit.protocol.rtc import (
    AddTrackRequest,
    JoinResponse,
    LeaveRequest,
    SessionDescription,
    SignalRequest,
    SignalResponse,
    SignalTarget,
    TrickleRequest,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK

from rooms.media import rtcp, rtp
from rooms.media.feedback import TransportFeedback
from server.kernel.tasks import end
from tests.peers import rtp_descriptions as sdp
from tests.peers.media import MediaPeer
from tests.peers.rtp_streams import Sink, Stream

_QUALITIES = (models.VideoQuality.LOW, models.VideoQuality.MEDIUM, models.VideoQuality.HIGH)
LABELS = ("_reliable", "_lossy", "_data_track")
PATIENCE_S = 90.0
"""How long anything expected may take on a busy machine."""


class Publication:
    """A track that this client publishes: one stream, or one for each layer."""

    def __init__(self, kind: str, sending: sdp.Sending, streams: Sequence[Stream], every_s: float) -> None:
        self.kind, self.sending, self.streams, self.every_s = kind, sending, streams, every_s
        self.sid = ""
        self.due_s = 0.0
        self.negotiated = asyncio.Event()


class RtpClient:
    """One participant. ``url`` is the server's (``http://…``); ``loss`` the chance that a media packet is lost, each way."""

    def __init__(self, url: str, token: str, *, auto_subscribe: bool = True, loss: float = 0.0, seed: int = 1) -> None:
        self.url, self.token, self.auto_subscribe = url.replace("http", "ws", 1), token, auto_subscribe
        self.up, self.down = MediaPeer(loss=loss, seed=seed), MediaPeer(loss=loss, seed=seed + 1)
        self.joined: JoinResponse | None = None
        self.publications: list[Publication] = []
        self.sinks: dict[int, Sink] = {}
        """By ssrc, of every track ever received."""
        self.tracks: dict[str, Sink] = {}
        """By the track's sid."""
        self.messages: list[tuple[str, bytes]] = []
        self.left: LeaveRequest | None = None
        self.silent = False
        """Publishes, but sends nothing more."""
        self.signals: list[SignalResponse] = []
        """What the server said besides negotiations, the last thousand."""
        self.nacks = self.plis = self.feedbacks = self.strays = 0
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._repairs: dict[int, tuple[int, int]] = {}
        self._transport_sequence: itertools.count[int] = itertools.count(1)
        self._version = 0
        self._connecting: dict[str, asyncio.Task[None]] = {}
        self._candidates: dict[str, tuple[str, int]] = {}
        self._waiting: dict[str, tuple[MediaPeer, sdp.Remote]] = {}
        self._news = asyncio.Event()
        self._ssrc = secrets.randbits(31)
        self.up.on_rtcp, self.down.on_rtcp = self._take_feedback, lambda packet: None
        self.down.on_rtp = self._take_rtp
        self.up.on_message = self.down.on_message = lambda label, message: self.messages.append(
            (label, bytes(message, "utf-8") if isinstance(message, str) else message)
        )
        self.up.open_channels(*LABELS)
        self.down.open_channels()

    @property
    def identity(self) -> str:
        """As the server knows this participant; empty before it has joined."""
        return self.joined.participant.identity if self.joined is not None else ""

    async def join(self) -> None:
        """Joins; returns when the server has welcomed this participant. Raises: websockets' InvalidStatus when it is refused."""
        query = {"access_token": self.token, "auto_subscribe": int(self.auto_subscribe), "protocol": 16, "sdk": "js", "version": "2.0.0"}
        self._socket = await connect(f"{self.url}/rtc?{urlencode(query)}", max_size=1 << 20, compression=None, ping_interval=None)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        await self.until(lambda: self.joined is not None)

    async def publish_audio(self, *, every_s: float = 0.02) -> Publication:
        """Publishes sound, one packet each 20 ms unless told otherwise."""
        mid = str(len(self.publications) + 1)
        stream = Stream("audio", mid, size=100)
        return await self._publish(
            Publication("audio", sdp.Sending(mid, "audio", f"cid-{mid}-{self._ssrc}", stream.ssrc, 0), [stream], every_s)
        )

    async def publish_video(self, *packets: int, fps: float = 30.0, size: int = 1000) -> Publication:
        """Publishes pictures; ``packets`` are the packets of a frame for each layer, lowest first: one number is no simulcast."""
        mid = str(len(self.publications) + 1)
        rids = ("q", "h", "f")[: len(packets)] if len(packets) > 1 else ("",)
        streams = [
            Stream("video", mid, rid, number=number, packets=count, size=size)
            for number, (rid, count) in enumerate(zip(rids, packets, strict=True))
        ]
        layers = tuple(rid for rid in rids if rid)
        sending = sdp.Sending(mid, "video", f"cid-{mid}-{self._ssrc}", streams[0].ssrc, streams[0].rtx_ssrc, layers)
        return await self._publish(Publication("video", sending, streams, 1 / fps))

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until a condition on this client holds. Raises: what a connection failed with, for then it never will."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                for connecting in self._connecting.values():
                    if connecting.done():
                        connecting.result()
                self._news.clear()
                await self._news.wait()

    async def signal(self, **request: Any) -> None:
        """Sends one signalling message: the field of ``SignalRequest`` and its value. To a server that has put this client out, nothing:
        why it did so is still among what was received."""
        assert self._socket is not None
        with contextlib.suppress(ConnectionClosedOK):
            await self._socket.send(SignalRequest(**request).SerializeToString())

    async def send_data(self, label: str, message: bytes) -> None:
        """Sends over a data channel."""
        (await self.up.channel(label)).send(message)

    def cut_signalling(self) -> None:
        """Loses the signalling connection, as when a network is gone for a moment, and does not come back; media goes on."""
        assert self._socket is not None
        for task in self._tasks:
            task.cancel()
        self._socket.transport.abort()

    async def close(self, *, politely: bool = True) -> None:
        """Leaves, or, when not ``politely``, disappears."""
        with contextlib.suppress(Exception):
            if politely and self._socket is not None:
                await self.signal(leave=LeaveRequest(reason=models.DisconnectReason.CLIENT_INITIATED))
        await end((*self._tasks, *self._connecting.values()))
        if self._socket is not None:
            if politely:
                await self._socket.close()
            else:
                self._socket.transport.abort()
        await self.up.close(silently=not politely)
        await self.down.close(silently=not politely)

    # Signalling

    async def _listen(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            assert isinstance(frame, bytes)
            response = SignalResponse.FromString(frame)
            kind = response.WhichOneof("message")
            match kind:
                case "join":
                    self.joined = response.join
                case "offer":
                    await self._answer(response.offer)
                case "answer":
                    self._apply(response.answer)
                case "trickle":
                    self._trickle(response.trickle)
                case "track_published":
                    for publication in self.publications:
                        if publication.sending.cid == response.track_published.cid:
                            publication.sid = response.track_published.track.sid
                case "leave":
                    self.left = response.leave
                case _:
                    self.signals = [*self.signals[-999:], response]
            self._news.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(5)
            await self.signal(ping=1)

    async def _publish(self, publication: Publication) -> Publication:
        self.publications.append(publication)
        layers = [
            models.VideoLayer(quality=_QUALITIES[number], width=320 << number, height=180 << number, bitrate=100_000, rid=stream.rid)
            for number, stream in enumerate(publication.streams)
        ]
        video = publication.kind == "video"
        request = AddTrackRequest(
            cid=publication.sending.cid,
            type=models.TrackType.VIDEO if video else models.TrackType.AUDIO,
            source=models.TrackSource.CAMERA if video else models.TrackSource.MICROPHONE,
            layers=layers if video else [],
            width=320 << (len(layers) - 1) if video else 0,
            height=180 << (len(layers) - 1) if video else 0,
        )
        await self.signal(add_track=request)
        await self.until(lambda: publication.sid)
        await self._offer()
        await publication.negotiated.wait()
        await self.until(lambda: "up" in self._connecting and self._connecting["up"].done())
        return publication

    async def _offer(self) -> None:
        self._version += 1
        sections = [("0", sdp.DATA.format(mid="0")), *((item.sending.mid, item.sending.text) for item in self.publications)]
        text = sdp.write(self._version, self.up.ufrag, self.up.password, self.up.fingerprints[0], "actpass", sections)
        await self.signal(offer=SessionDescription(type="offer", sdp=text, id=self._version))

    def _apply(self, answer: SessionDescription) -> None:
        remote = sdp.read(answer.sdp)
        self._connect("up", self.up, remote)
        mids = {section.mid for section in remote.sections}
        for publication in self.publications:
            if publication.sending.mid in mids:
                publication.negotiated.set()

    async def _answer(self, offer: SessionDescription) -> None:
        remote = sdp.read(offer.sdp)
        for section in remote.sections:
            if section.sends and section.ssrcs:
                self._expect(section)
        sections = [(section.mid, section.answered()) for section in remote.sections]
        text = sdp.write(offer.id, self.down.ufrag, self.down.password, self.down.fingerprints[0], "active", sections)
        await self.signal(answer=SessionDescription(type="answer", sdp=text, id=offer.id))
        self._connect("down", self.down, remote)

    def _expect(self, section: sdp.Section) -> None:
        repairs = section.repairs
        ssrc = next(number for number in section.ssrcs if number not in repairs)
        if ssrc not in self.sinks:
            self.sinks[ssrc] = self.tracks[section.track_sid] = Sink(section.kind, ssrc)
        for rtx, of in repairs.items():
            kind = next(iter(section.repair_types.values()), 0)
            self._repairs[rtx] = (of, kind)

    def _connect(self, name: str, peer: MediaPeer, remote: sdp.Remote) -> None:
        self._waiting[name] = (peer, remote)
        address = remote.addresses[0] if remote.addresses else self._candidates.get(name)
        if name in self._connecting or address is None:
            return
        as_server = remote.setup == "active"
        connecting = peer.connect(address, remote.ufrag, remote.password, [remote.fingerprint], as_server=as_server)
        self._connecting[name] = asyncio.create_task(connecting)
        self._connecting[name].add_done_callback(lambda _: self._news.set())

    def _trickle(self, trickle: TrickleRequest) -> None:
        """For servers that do not put their candidates into the description; ours does."""
        fields = trickle.candidateInit.split()
        name = "up" if trickle.target == SignalTarget.PUBLISHER else "down"
        at = fields.index("udp") if "udp" in fields else 0
        if at and ":" not in fields[at + 2] and name not in self._candidates:
            self._candidates[name] = (fields[at + 2], int(fields[at + 3]))
            if name in self._waiting:
                self._connect(name, *self._waiting[name])

    # Media

    def play(self, now_s: float) -> None:
        """Sends what is due now: called by whoever keeps the time, some hundred times a second."""
        for publication in self.publications:
            if self.silent or not publication.negotiated.is_set() or self.up.dtls.state != "connected":
                continue
            if now_s - publication.due_s > 1:
                publication.due_s = now_s  # begun, or held up: nothing is made up for
            while publication.due_s <= now_s:
                publication.due_s += publication.every_s
                for stream in publication.streams:
                    if stream.active:
                        for packet in stream.frame(self._transport_sequence):
                            self.up.send_rtp(packet)

    def report(self) -> None:
        """Sends a report for each stream, both ways: called once a second."""
        if self.up.dtls.state == "connected":
            for publication in self.publications:
                for stream in publication.streams:
                    self.up.send_rtcp(stream.sender_report())
        if self.down.dtls.state == "connected":
            blocks = [
                rtcp.ReportBlock(sink.ssrc, 0, len(sink.missing), sink.highest or 0, 0, 0, 0)
                for sink in self.sinks.values()
                if sink.expected
            ]
            for some in range(0, len(blocks), 31):
                self.down.send_rtcp(rtcp.build(rtcp.ReceiverReport(self._ssrc, tuple(blocks[some : some + 31]))))

    def repair(self) -> None:
        """Asks for what is missing: called every 50 ms or so."""
        if self.down.dtls.state != "connected":
            return
        for sink in self.sinks.values():
            if sink.missing and (lost := sink.lost()):
                self.down.send_rtcp(rtcp.build(rtcp.ReceiverReport(self._ssrc), rtcp.Nack(self._ssrc, sink.ssrc, tuple(lost))))

    def ask_keyframe(self, sink: Sink) -> None:
        """Asks for a key frame of what this sink receives."""
        self.down.send_rtcp(rtcp.build(rtcp.ReceiverReport(self._ssrc), rtcp.PictureLoss(self._ssrc, sink.ssrc)))

    def _take_rtp(self, packet: bytes) -> None:
        header = rtp.parse(packet)
        if header is None:
            self.strays += 1
        elif header.ssrc in self.sinks:
            self.sinks[header.ssrc].take(packet)
        elif header.ssrc in self._repairs and header.payload_end - header.payload_at >= 2:
            ssrc, kind = self._repairs[header.ssrc]
            payload = packet[header.payload_at : header.payload_end]
            sequence = int.from_bytes(payload[:2], "big")
            self.sinks[ssrc].take(rtp.build(kind, sequence, header.timestamp, ssrc, payload[2:], marker=header.marker), repaired=True)
        else:
            self.strays += 1
        self._news.set()

    def _take_feedback(self, packet: bytes) -> None:
        streams = {stream.ssrc: stream for publication in self.publications for stream in publication.streams}
        for report in rtcp.parse(packet):
            if isinstance(report, rtcp.Nack) and report.media in streams:
                for sequence in report.sequences:
                    self.nacks += 1
                    if again := streams[report.media].repair(sequence, self._transport_sequence):
                        self.up.send_rtp(again)
            elif isinstance(report, rtcp.PictureLoss | rtcp.FullIntra) and report.media in streams:
                self.plis += 1
                streams[report.media].ask_keyframe()
            elif isinstance(report, TransportFeedback):
                self.feedbacks += 1


@asynccontextmanager
async def playing(*groups: Sequence[RtpClient]) -> AsyncIterator[None]:
    """Keeps the time of these clients for as long as the block runs; the lists may change meanwhile."""

    async def keep_time() -> None:
        loop = asyncio.get_running_loop()
        repaired_s = reported_s = 0.0
        while True:
            now_s = loop.time()
            clients = [client for group in groups for client in group]
            for client in clients:
                client.play(now_s)
            if now_s - repaired_s >= 0.05:
                repaired_s = now_s
                for client in clients:
                    client.repair()
            if now_s - reported_s >= 1.0:
                reported_s = now_s
                for client in clients:
                    client.report()
            await asyncio.sleep(0.004)

    clock = asyncio.create_task(keep_time())
    try:
        yield
        if clock.done():
            clock.result()
    finally:
        clock.cancel()
        await asyncio.gather(clock, return_exceptions=True)
