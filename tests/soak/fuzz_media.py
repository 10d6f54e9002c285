"""``python3 -m tests.soak fuzz_media [--examples N] [--seed S]``: damaged packets at every reader of media, N examples each.

Nothing may be raised, nothing read past the end, and what is read is written and read the same (``tests/rooms/media/damage.py``).
A failure prints the example's number and bytes; its bytes then belong among the seeds.
"""

import argparse
import json
import random
import time
from collections.abc import Callable

from tests.rooms.media.damage import RTCP, RTP, VIDEO, check_numbers, check_payload, check_rtcp, check_rtp, damaged

EXAMPLES = 200_000
RAW = 0.1
"""Share of the examples that are bytes of any kind."""


def bytewise(check: Callable[[bytes], bool], seeds: list[bytes]) -> Callable[[random.Random], bool]:
    """``check`` on one damaged seed, or on any bytes."""

    def one(chance: random.Random) -> bool:
        packet = chance.randbytes(chance.randrange(120)) if chance.random() < RAW else damaged(chance, chance.choice(seeds))
        try:
            return check(packet)
        except Exception:
            print(f"bytes {packet.hex()}")
            raise

    return one


READERS = {
    "rtp": bytewise(check_rtp, RTP),
    "rtcp": bytewise(check_rtcp, RTCP),
    "payloads": bytewise(check_payload, VIDEO),
    "numbers": check_numbers,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz_media")
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    figures: dict[str, dict[str, float]] = {}
    for name, reader in READERS.items():
        begun = time.perf_counter()
        read = sum(example(reader, options.seed, name, number) for number in range(options.examples))
        seconds = round(time.perf_counter() - begun, 1)
        print(f"{name}: {options.examples} examples, {read} of them whole, {seconds} s", flush=True)
        figures[name] = {"examples": options.examples, "whole": read, "seconds": seconds}
    deep = all(0 < figure["whole"] < figure["examples"] for figure in figures.values())
    print(json.dumps({"seed": options.seed, "readers": figures, "holds": deep}))
    return 0 if deep else 1


def example(reader: Callable[[random.Random], bool], seed: int, name: str, number: int) -> bool:
    """One example, which its seed and number make again."""
    try:
        return reader(random.Random(f"{seed} {name} {number}"))
    except Exception:
        print(f"{name}: example {number} of seed {seed}")
        raise
