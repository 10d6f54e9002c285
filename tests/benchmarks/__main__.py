"""``python3 -m tests.benchmarks NAME``."""

import sys

from tests.long_run import start

if __name__ == "__main__":
    sys.exit(start("benchmarks", sys.argv[1:]))
