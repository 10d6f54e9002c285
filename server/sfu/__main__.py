"""``python3 -m server.sfu``: the media server alone, or as a child of the whole product. See ``--help``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this far, and must be told
    sys.exit("Diên Hồng needs Python 3.11 or later; this is Python {}.{}.".format(*sys.version_info[:2]))

import argparse
import os
from pathlib import Path

from server import bootstrap

HELP = """\
Runs the media server: signalling for LiveKit's clients and the Room Service over HTTP, media over one UDP port. Its settings are the
environment variables of the README's table whose names begin with LIVEKIT_ and MEDIA_. Ctrl-C stops it."""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m server.sfu", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="on 127.0.0.1:7880 with the key devkey and the secret secret: for trying it out")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    chosen = parse(arguments)
    if Path(sys.prefix).resolve() != bootstrap.ENVIRONMENT.resolve():
        bootstrap.enter_environment("server.sfu", arguments)
    if chosen.dev:  # for the whole product this has been done
        bootstrap.compile_fanout()
    # From here on the packages are installed.
    from server.settings import SettingsRefused, read_settings
    from server.sfu import serving

    try:
        options = serving.dev_options(os.environ) if chosen.dev else serving.options_of(read_settings())
    except SettingsRefused as refused:
        bootstrap.stop(str(refused))
    return serving.run(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
