"""Our finished live path in a process of its own, on a world that only counts.

Prints "ready PORT"; takes lines from stdin: "tell RATE SECONDS" lets votes come in for so long, in so many groups a second (prints
"told"); "fill" sends every follower 64 KiB of events; "behind" prints how many followers are behind.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Collection, Sequence

import msgspec
import uvicorn
import uvloop

from server.identity.viewer import Viewer
from server.kernel.ids import GuestId, PersonId, QuestionId, SessionId, Topic
from server.protocol import live
from server.realtime.bus import LocalBus
from server.realtime.feed import Role, Told, Totals
from server.realtime.frames import message_frame
from server.realtime.handshake import Rules
from server.realtime.http import http_connection
from server.realtime.hub import Hub
from server.realtime.limits import Limits

TOPIC = Topic("consultation/1")
PAYLOAD = 300
QUESTIONS = 9


class Counting:
    """A source whose every question changes with every vote, so that each tally has the size that is asked for."""

    def __init__(self) -> None:
        self.events: list[Told] = []
        self.votes = 100_000_000
        self.people = 0

    async def redeem(self, ticket: str, cookies: str) -> Viewer | None:
        self.people += 1
        return Viewer(person=PersonId(self.people), session=SessionId(self.people))

    async def ended(self, sessions: Collection[SessionId]) -> Collection[SessionId]:
        return ()

    async def gone(self, guests: Collection[GuestId]) -> Collection[GuestId]:
        return ()

    async def admit(self, viewer: Viewer, topic: Topic, role: Role) -> None:
        """Everybody may."""

    async def read_heads(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        return {TOPIC: len(self.events)}

    async def read_events(self, topic: Topic, after: int) -> list[Told]:
        return self.events[after:]

    async def read_totals(self, topic: Topic, questions: Collection[QuestionId] | None) -> Totals:
        people = {question: [self.votes, self.votes // 2] for question in range(1, QUESTIONS + 1)}
        return Totals(time.monotonic_ns(), people)

    async def snapshot(self, viewer: Viewer, topic: Topic, role: Role) -> live.Snapshot:
        raise NotImplementedError

    async def carry_out(self, viewer: Viewer, command: object) -> live.Done:
        raise NotImplementedError

    def vote(self, person: PersonId, vote: live.Vote, reply: Callable[[str], None]) -> None:
        raise NotImplementedError

    def refusal(self, viewer: Viewer, id: str | None, code: str, detail: dict[str, object]) -> live.RefusedCommand:
        return live.RefusedCommand(id, code, code)

    def fill(self) -> None:
        for _ in range(8):
            seq = len(self.events) + 1
            words = live.Contribution(seq, None, None, "", "", "citizen", False, "x" * 8_000, "", "visible")
            shown = live.Shown(TOPIC, seq, words, seq)
            self.events.append(Told(seq, shown, shown))


async def main() -> None:
    source = Counting()
    tally = live.Tally(TOPIC, time.monotonic_ns(), {str(q): [source.votes, source.votes // 2] for q in range(1, QUESTIONS + 1)})
    assert abs(len(msgspec.json.encode(tally)) - PAYLOAD) < 30, len(message_frame(tally))
    limits = Limits(newcomers_per_minute=1_000_000, behind_s=120.0)
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = listener.getsockname()[1]
    rules = Rules(origins=frozenset({f"http://127.0.0.1:{port}"}), hosts=frozenset({f"127.0.0.1:{port}"}))
    hub = Hub(source, LocalBus(), rules, limits)
    await hub.start()
    server = uvicorn.Server(
        uvicorn.Config(
            nothing_else,
            http=http_connection(limits),
            ws=hub.door.open,  # type: ignore[arg-type]
            lifespan="off",
            log_config=None,
            access_log=False,
            backlog=4096,
            timeout_graceful_shutdown=1,
        )
    )
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), listen, source, hub, server)
    print(f"ready {port}", flush=True)
    await server.serve(sockets=[listener])


def listen(source: Counting, hub: Hub, server: uvicorn.Server) -> None:
    for line in os.read(sys.stdin.fileno(), 4096).decode().splitlines() or ["end"]:
        obey(line, source, hub, server)


def obey(line: str, source: Counting, hub: Hub, server: uvicorn.Server) -> None:
    word, *numbers = line.split()
    if word == "tell":
        hub.spawn(tell(source, hub, float(numbers[0]), float(numbers[1])))
    elif word == "fill":
        source.fill()
        hub.events_stored(TOPIC)
    elif word == "behind":
        print(sum(one.paused for one in hub.door.sockets), flush=True)
    else:
        server.should_exit = True


async def tell(source: Counting, hub: Hub, rate: float, seconds: float) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        source.votes += 1
        hub.votes_stored(TOPIC, [QuestionId(1)])
        await asyncio.sleep(1 / rate)
    print("told", flush=True)


async def nothing_else(scope: object, receive: object, send: object) -> None:
    """The live path is all there is."""


if __name__ == "__main__":
    uvloop.run(main())
