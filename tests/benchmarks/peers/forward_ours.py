"""Our media server for ``sfu_forward``: as ``python -m server.sfu`` runs it, but for the most that one publisher may send.

Arguments: its HTTP port, its UDP port, the host of both, the fan-out.
"""

import sys

from server.sfu.fanout import build
from server.sfu.serving import Options, run
from tests.peers.engine import KEY, SECRET

MEDIA_PER_S = 20_000
"""A camera sends hundreds of packets a second; the benchmark needs one publisher that sends thousands."""


def main() -> int:
    build.build()
    port, media_port, host, fanout = sys.argv[1:]
    return run(
        Options(
            host=host,
            port=int(port),
            media_host=host,
            media_port=int(media_port),
            media_per_s=MEDIA_PER_S,
            keys={KEY: SECRET},
            fanout=fanout,
            log_level="warning",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
