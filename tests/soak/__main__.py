"""``python3 -m tests.soak NAME``."""

import sys

from tests.long_run import start

if __name__ == "__main__":
    sys.exit(start("soak", sys.argv[1:]))
