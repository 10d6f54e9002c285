"""``python3 -m tests.soak laws [ROUNDS]``: every law on examples that chance chooses, for so many rounds.

The tests try the same examples every time, so that the same change gives the same verdict. Here each round has a seed of its own, which
is told where a law fails, beside the example.
"""

import json
import random
import subprocess
import sys
import time

from tests.parts import ROOT

ROUNDS = 20
FOLDERS = ("laws", "rooms", "consultations", "documents", "realtime", "sfu")


def main() -> int:
    """Prints what fails in each round and, last, how many rounds did; 0 when none did."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    failed: list[int] = []
    began = time.perf_counter()
    for _ in range(rounds):
        seed = random.randrange(1 << 32)
        options = ["-q", "-m", "hypothesis", "--hypothesis-profile=searching", f"--hypothesis-seed={seed}"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(str(ROOT / "tests" / name) for name in FOLDERS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            failed.append(seed)
            print(done.stdout, flush=True)
        print(f"seed {seed}: {'failed' if done.returncode else 'holds'}", flush=True)
    print(
        json.dumps(
            {"soak": "laws", "rounds": rounds, "failed": failed, "seconds": round(time.perf_counter() - began, 1), "holds": not failed}
        )
    )
    return int(bool(failed))
