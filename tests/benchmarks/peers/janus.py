"""Janus from Debian as a peer to compare with: its video room, configured for its best, and joined by RTP peers.

``apt-get install janus`` brings it; where it is not there the benchmark says so. One event loop for all handles is its cheapest way.
"""

import itertools
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aioice import stun
from websockets.asyncio.client import ClientConnection, connect

from tests.benchmarks.peers.media_load import Publisher, Viewer
from tests.peers import rtp_descriptions as sdp
from tests.peers.media import MediaPeer

ROOM = 1
PASSWORD = "password-of-every-peer"


def find() -> str | None:
    """The program, or None where there is none."""
    return shutil.which("janus")


def configure(folder: Path, *, host: str, port: int) -> list[str]:
    """Writes its configuration; the command that starts it."""
    (folder / "janus.jcfg").write_text(
        f"""general: {{
          configs_folder = "{folder}"
          plugins_folder = "{_plugins("plugins")}"
          transports_folder = "{_plugins("transports")}"
          event_loops = 1
          session_timeout = 0
          debug_level = 2
          server_name = "peer"
        }}
        nat: {{ ice_enforce_list = "{host}" }}
        media: {{ ipv6 = false }}
        plugins: {{ disable = "{",".join(_others("plugins", "videoroom"))}" }}
        transports: {{ disable = "{",".join(_others("transports", "websockets"))}" }}
        """,
        encoding="utf-8",
    )
    (folder / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ json = "compact", ws = true, ws_port = {port}, ws_ip = "{host}", wss = false }}\n', encoding="utf-8"
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n", encoding="utf-8")
    program = find()
    assert program is not None
    return [program, "--configs-folder", str(folder), "--disable-colors"]


class CheckedPeer(MediaPeer):
    """A peer that also answers the server's own checks, of which a server with full ICE makes some before it speaks."""

    def _take(self, datagram: bytes) -> None:
        if datagram[:2] == b"\0\1" and self._remote is not None:
            request = stun.parse_message(datagram)
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
            response.attributes["XOR-MAPPED-ADDRESS"] = self._remote[0]
            response.add_message_integrity(PASSWORD.encode())
            self.send(bytes(response))
        else:
            super()._take(datagram)


class Janus:
    """A session of its API over a websocket, and the handles in it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._session = 0

    async def begin(self) -> None:
        self._session = (await self._ask(janus="create"))["data"]["id"]
        handle = await self._attach()
        await self._say(handle, {"request": "create", "room": ROOM, "publishers": 2, "videocodec": "vp8", "bitrate": 0, "fir_freq": 0})

    async def publish(self, peer: MediaPeer) -> Publisher:
        """The peer publishes one picture."""
        handle = await self._attach()
        joined = await self._say(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        self._feed = joined["plugindata"]["data"]["id"]
        sending = sdp.Sending("0", "video", "cid", secrets.randbits(31) | 1, secrets.randbits(31) | 1)
        offer = _describe(peer, sending.mid, sending.text)
        answered = await self._say(handle, {"request": "publish"}, jsep={"type": "offer", "sdp": offer})
        await _connect(peer, answered["jsep"]["sdp"])
        while json.loads(await self._socket.recv())["janus"] != "webrtcup":
            pass  # before that, nobody can receive it
        return Publisher(peer, sending.ssrc, sending.rtx_ssrc, sending.mid)

    async def view(self, peer: MediaPeer) -> Viewer:
        """The peer receives it."""
        handle = await self._attach()
        offered = await self._say(handle, {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": self._feed}]})
        remote = sdp.read(offered["jsep"]["sdp"])
        section = remote.sections[0]
        answer = _describe(peer, section.mid, section.answered())
        await self._say(handle, {"request": "start"}, jsep={"type": "answer", "sdp": answer})
        await _connect(peer, offered["jsep"]["sdp"])
        return Viewer(peer, next(iter(section.repairs)))

    async def _attach(self) -> int:
        attached = await self._ask(janus="attach", session_id=self._session, plugin="janus.plugin.videoroom")
        return int(attached["data"]["id"])

    async def _say(self, handle: int, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A request to the plugin, and its answer, which may come as an event."""
        return await self._ask(janus="message", session_id=self._session, handle_id=handle, body=body, **more)

    async def _ask(self, **message: Any) -> dict[str, Any]:
        transaction = secrets.token_hex(8)
        await self._socket.send(json.dumps({**message, "transaction": transaction}))
        while True:
            answer: dict[str, Any] = json.loads(await self._socket.recv())
            if answer.get("transaction") == transaction and answer["janus"] != "ack":
                assert answer["janus"] != "error" and "error" not in answer.get("plugindata", {}).get("data", {}), answer
                return answer


@asynccontextmanager
async def session(host: str, port: int) -> AsyncIterator[Janus]:
    """A session with a room, for as long as the block runs."""
    # Nobody reads its events between two requests. A queue with an end would stop at it, leave Janus's ping of every five minutes
    # unanswered, and Janus would end the session with all its media.
    async with connect(
        f"ws://{host}:{port}",
        subprotocols=["janus-protocol"],  # type: ignore[list-item]
        ping_interval=None,
        max_queue=None,
    ) as socket:
        janus = Janus(socket)
        await janus.begin()
        yield janus


def _describe(peer: MediaPeer, mid: str, section: str) -> str:
    """A description with the peer's only candidate: Janus waits for one before it speaks to anybody."""
    host, port = peer.local
    candidate = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\na=end-of-candidates"
    text = sdp.write(1, peer.ufrag, PASSWORD, peer.fingerprints[0], "active", [(mid, f"{section}\n{candidate}")])
    return text.replace("a=ice-options:trickle\r\n", "")


async def _connect(peer: MediaPeer, description: str) -> None:
    remote = sdp.read(description)
    assert remote.setup in ("passive", "actpass"), remote.setup
    await peer.connect(remote.addresses[0], remote.ufrag, remote.password, [remote.fingerprint])


def _plugins(kind: str) -> Path:
    found = next(itertools.chain(Path("/usr/lib").glob(f"*/janus/{kind}"), Path("/usr/lib").glob(f"janus/{kind}")), None)
    assert found is not None, f"Janus's {kind} are not in /usr/lib"
    return found


def _others(kind: str, kept: str) -> list[str]:
    return sorted(path.name for path in _plugins(kind).glob("*.so") if kept not in path.name)
