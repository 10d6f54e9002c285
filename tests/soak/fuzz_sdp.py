"""Damaged session descriptions: whatever the text, it is read or refused, and what is read is written and read the same.

``python3 -m tests.soak fuzz_sdp [EXAMPLES] [SEED]``: mutations of the offers of real clients, given to the reader and to both negotiations.
"""

import contextlib
import json
import random
import sys
import time

from rooms.media import sdp
from rooms.media.answering import Answering
from rooms.media.negotiated import Announced
from rooms.media.offering import Offering
from rooms.media.slots import Slots
from server.kernel.refused import Refused
from tests.rooms.media.descriptions import LOCAL, NAMES, answer, real, wanted
from tests.rooms.media.test_sdp import ATTRIBUTES, BITS, read

EXAMPLES = 200_000
PIECES = f"{BITS}|{ATTRIBUTES}".split("|")


def main() -> int:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    seeds = [real(name) for name in NAMES]
    outcomes = {"read": 0, "refused": 0}
    begun = time.perf_counter()
    for number in range(examples):
        text = damaged(chance, chance.choice(seeds))
        try:
            outcomes["read" if is_read(chance, text, number) else "refused"] += 1
        except Exception:
            print(f"example {number} of seed {seed}")
            raise
    print(json.dumps({"examples": examples, "seed": seed, **outcomes, "seconds": round(time.perf_counter() - begun, 1)}))
    return 0


def is_read(chance: random.Random, text: str, number: int) -> bool:
    """Whether a text is read, and then all the way; otherwise it has been refused."""
    session = read(text)
    if session and not all(section.rejected for section in session.sections):
        assert read(sdp.write(session)) == session
    if session and number % 8 == 0:
        with contextlib.suppress(Refused):
            negotiate(chance, text)
    return session is not None


def negotiate(chance: random.Random, text: str) -> None:
    slots = Slots()
    both = Answering(1, slots)
    for one in range(3):
        slots.want(wanted(one, chance.choice(("video/VP8", "audio/opus", "video/H264"))))
    both.announce(Announced(sid="TR_mine", kind="video", cids=frozenset()))
    both.offered(text)
    sdp.parse(both.answer(LOCAL))
    down = Offering(1)
    down.want(wanted(1))
    offered = down.offer(LOCAL)
    assert offered is not None
    down.answered(damaged(chance, answer(offered)))


def damaged(chance: random.Random, text: str) -> str:
    """The text with up to six stretches, lines or characters replaced, repeated or moved."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        end = at + chance.choice((0, 1, 2, 8, 60, 400))
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[end:]
            case 1:
                text = text[:at] + chr(chance.choice((0, 10, 13, 32, 58, 127, 0x660, 0x1F600, 0xD800))) + text[end:]
            case 2:
                text = text[:at] + text[at:end] + text[at:]
            case _:
                lines = text.split("\r\n")
                lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
                text = "\r\n".join(lines)
    return text
