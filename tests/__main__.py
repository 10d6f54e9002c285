"""``python3 -m tests [quick | PART …]``: installs what the tests need, runs them, and ends with the worst status.

    pure       tests/consultations, rooms, documents, …   decisions and texts, without database or network
    laws       tests/laws                                 what holds for every sequence of commands
    store      tests/store                                every query, on the embedded PostgreSQL 18 and on Debian's 15
    web        tests/web, identity, mail, jobs            pages, sign-in, roles, mail
    doors      the tests of tests/web on every door       who may what, what is hidden, what is hostile
    structure  tests/structure                            layers, purity, names, locks, generated files
    types      mypy, ruff, squawk, tsc, biome
    realtime   tests/realtime                             the live socket
    processes  tests/processes                            the supervisor and its children
    browser    tests/browser/elements, stories            Chromium and Firefox, end to end
    rooms      tests/browser/room                         meeting rooms in browsers
    clients    tests/browser/media                        official clients in browsers, on our media server and on LiveKit's own
    meeting    one file of tests/browser/room             a whole meeting, on our media server and on LiveKit's own
    media      tests/sfu, media_stories                   the media server; official clients on it and on LiveKit's own server
    stories    tests/stories                              whole evenings: bursts, crashes, real votes

``quick`` is pure, laws, store, web, doors, structure and types. Outside this command stand the longer
``python3 -m tests.soak NAME`` and ``python3 -m tests.benchmarks NAME``.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this far, and must be told
    sys.exit("The tests need Python 3.11 or later; this is Python {}.{}.".format(*sys.version_info[:2]))

from server import bootstrap


def main(arguments: list[str]) -> int:
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    bootstrap.enter_environment("tests", arguments, (bootstrap.SERVER_LOCK, bootstrap.TESTS_LOCK))
    from tests.parts import PARTS, missing
    from tests.run import run

    names = [part.name for part in PARTS]
    unknown = set(arguments) - {"quick", *names}
    if unknown:
        bootstrap.stop(f"There is no part {', '.join(sorted(unknown))}. The parts are quick, {', '.join(names)}.")
    chosen = tuple(part for part in PARTS if not arguments or part.name in arguments or ("quick" in arguments and part.quick))
    packages = missing(chosen)
    if packages:
        if not bootstrap.can_apt():
            command = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
            bootstrap.stop(f"Missing here: {', '.join(packages)}. Install them, then try again:\n  {command}")
        bootstrap.apt_install(packages)
        still = missing(chosen)
        if still:
            bootstrap.stop(f"Still missing after the installation: {', '.join(still)}.")
    bootstrap.build_frontend()
    return run(chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
