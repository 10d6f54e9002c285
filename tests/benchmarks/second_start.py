"""``python3 -m tests.benchmarks second_start``: from the command to the first answer, when nothing has to be made."""

import json
import statistics
import tempfile
from pathlib import Path

from tests.peers.product import Product

_ROUNDS = 5
_GOAL_S = 2.0


def main() -> None:
    """Prints the seconds of each start after the first, and their median beside its goal."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder) / "data")
        product.start()
        seconds = []
        for _ in range(_ROUNDS):
            product.stop()
            product.start()
            seconds.append(round(product.start_seconds, 2))
            print(f"{seconds[-1]} s", flush=True)
        product.stop()
    median = statistics.median(seconds)
    print(json.dumps({"benchmark": "second_start", "seconds": seconds, "median_s": median, "goal_s": _GOAL_S, "holds": median < _GOAL_S}))
