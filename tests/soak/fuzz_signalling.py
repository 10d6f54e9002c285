"""Hostile signalling: whatever a participant says, it is done or refused, and nobody else's place in the room suffers.

``python3 -m tests.soak fuzz_signalling [EXAMPLES] [SEED]``: messages made of random fields, damaged session descriptions, requests to
join and data packets, given to a real room.
"""

import asyncio
import json
import logging
import random
import sys
import time
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from livekit.protocol.models import DataPacket
from livekit.protocol.rtc import JoinRequest, SignalRequest
from starlette.websockets import WebSocket

from rooms.media.grants import Grants, Permission
from server.kernel.refused import Refused
from server.sfu.engine import Engine
from server.sfu.seat import Seat
from server.sfu.serving import Options, running
from server.sfu.session import Session
from server.sfu.signals import hear
from server.sfu.tokens import Claims
from tests.rooms.media.descriptions import NAMES, real
from tests.soak.fuzz_sdp import damaged

EXAMPLES = 200_000
KEYS = {"key-of-the-tests": "a secret that only the tests of this checkout know"}
DEEPEST = 4


class Faults(logging.Handler):
    """Counts what the server itself calls a fault of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)


class Fuzz:
    """A room with a few participants who say anything."""

    def __init__(self, engine: Engine, chance: random.Random) -> None:
        self._engine = engine
        self._chance = chance
        self._offers = [real(name) for name in NAMES]
        self.done = {"signals": 0, "joins": 0, "data": 0, "bytes": 0, "refused": 0}

    def one(self) -> None:
        """One example of some kind."""
        roll, seat = self._chance.random(), self._seat()
        if roll < 0.7:
            self.done["signals"] += 1
            hear(seat, cast(SignalRequest, self.message(SignalRequest())))
        elif roll < 0.8:
            self.done["data"] += 1
            raw = self.message(DataPacket()).SerializeToString()
            seat.on_data(self._chance.choice(["_reliable", "_lossy", "_data_track"]), self._damage(raw))
        elif roll < 0.9:
            self.done["bytes"] += 1
            try:
                hear(seat, SignalRequest.FromString(self._damage(self.message(SignalRequest()).SerializeToString())))
            except DecodeError:
                self.done["refused"] += 1
        else:
            self.done["joins"] += 1
            self._join(cast(JoinRequest, self.message(JoinRequest())))

    def message(self, message: Message, depth: int = 0) -> Message:
        """Fills a message with values of the right types, some of which mean something to the room."""
        fields = cast(list[FieldDescriptor], list(message.DESCRIPTOR.fields))
        many = 1 if isinstance(message, SignalRequest) else self._chance.randrange(len(fields) + 1)
        for field in self._chance.sample(fields, many):
            for _ in range(self._chance.choice((1, 1, 2, 5)) if field.is_repeated else 1):
                self._fill(message, field, depth)
        return message

    def _fill(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].type == FieldDescriptor.TYPE_STRING:
                getattr(message, field.name)[self._text(field.name)] = self._text(field.name)
        elif field.message_type is not None:
            if depth < DEEPEST:
                inner = getattr(message, field.name)
                inner = inner.add() if field.is_repeated else inner
                inner.SetInParent()
                self.message(inner, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).append(self._value(field))
        else:
            setattr(message, field.name, self._value(field))

    def _value(self, field: FieldDescriptor) -> Any:
        chance = self._chance
        if field.enum_type is not None:
            return chance.choice([*(value.number for value in field.enum_type.values), 77])
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._text(field.name)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return chance.randbytes(chance.randrange(40))
        if field.type == FieldDescriptor.TYPE_BOOL:
            return chance.random() < 0.5
        if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
            return chance.choice([0.0, 1.5, -1.0, float("inf"), float("nan")])
        signed = field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64)
        return chance.choice([0, 1, 2, 3, 100, 5000, (1 << 31) - 1, -1 if signed else (1 << 32) - 1])

    def _text(self, name: str) -> str:
        chance = self._chance
        if name == "sdp":
            offer = chance.choice(self._offers)
            return offer if chance.random() < 0.3 else damaged(chance, offer).encode("utf-8", "ignore").decode()
        known = [*self._names(), "", "c", "m", "VP8", "video/h264", "opus", "offer", "answer", "x" * chance.randrange(300), "đ\n\0"]
        return chance.choice(known)

    def _names(self) -> list[str]:
        """Names of what is in the room."""
        room = self._engine.rooms.get("hall")
        seats = list(room.seats.values()) if room is not None else []
        sids = [sid for seat in seats for sid in seat.publishing.tracks]
        return [*sids, *(seat.participant.sid for seat in seats), *(seat.participant.identity for seat in seats)]

    def _damage(self, raw: bytes) -> bytes:
        damaged_bytes = bytearray(raw)
        for _ in range(self._chance.randrange(4)):
            if damaged_bytes:
                damaged_bytes[self._chance.randrange(len(damaged_bytes))] = self._chance.randrange(256)
        return bytes(damaged_bytes[: self._chance.randrange(len(raw) + 1)] if self._chance.random() < 0.3 else damaged_bytes)

    def _seat(self) -> Seat:
        room = self._engine.rooms.get("hall")
        while room is None or len(room.seats) < 4:
            self._join(JoinRequest())
            room = self._engine.rooms["hall"]
        return self._chance.choice(list(room.seats.values()))

    def _join(self, request: JoinRequest) -> None:
        chance = self._chance
        permission = Permission(
            publish=chance.random() < 0.9,
            sources=frozenset(chance.sample(["camera", "microphone", "screen_share"], chance.randrange(4))),
            subscribe=chance.random() < 0.9,
            update_metadata=chance.random() < 0.5,
            hidden=chance.random() < 0.2,
        )
        grants = Grants(room="hall", join=True, permission=permission)
        claims = Claims(key=next(iter(KEYS)), identity=f"p{chance.randrange(6)}", grants=grants)
        session = Session(cast(WebSocket, None), self._engine.house.limits)  # what is sent is kept, and nobody reads it
        try:
            self._engine.may_join(claims, request)
            self._engine.seat(claims, request, session, single=chance.random() < 0.5)
        except Refused:
            self.done["refused"] += 1


async def fuzz(examples: int, seed: int) -> dict[str, int]:
    """Gives so many examples to a room. Raises: AssertionError when the server calls one of them its own fault."""
    faults = Faults()
    watched = [logging.getLogger(name) for name in ("server", "asyncio")]
    for logger in watched:
        logger.addHandler(faults)
    logging.getLogger("server.sfu").setLevel(logging.WARNING)
    options = Options(port=0, media_port=0, keys=KEYS)
    try:
        async with running(options) as engine:
            fuzz = Fuzz(engine, random.Random(seed))
            for number in range(examples):
                fuzz.one()
                if number % 50 == 0:
                    await asyncio.sleep(0)  # what was put off to the end of a turn is done
                    for room in engine.rooms.values():
                        room.tick(time.monotonic_ns() // 1000)
                assert not faults.found, f"example {number} of seed {seed}: {faults.found[0].getMessage()} {faults.found[0].exc_info}"
            return fuzz.done
    finally:
        for logger in watched:
            logger.removeHandler(faults)


def main() -> int:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}")
    begun = time.perf_counter()
    done = asyncio.run(fuzz(examples, seed))
    print(json.dumps({"examples": examples, "seed": seed, **done, "seconds": round(time.perf_counter() - begun, 1)}))
    return 0
