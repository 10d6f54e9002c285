"""``python3 -m server``: from a bare Python to the running product. See ``--help``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this far, and must be told
    sys.exit("Diên Hồng needs Python 3.11 or later; this is Python {}.{}.".format(*sys.version_info[:2]))

import argparse
import os
from pathlib import Path

from server import bootstrap

HELP = """\
Runs the whole product: makes its environment, builds its pages, starts its own PostgreSQL (unless DATABASE_URL names one),
brings the database up to date, seeds the demo and serves. Ctrl-C stops everything. Every setting is an environment variable;
the README has the table."""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m server", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", metavar="N", help="port to listen on (default 8000; 0 takes a free one)")
    parser.add_argument("--data", metavar="FOLDER", help="the embedded database and the installation's key")
    parser.add_argument("--workers", metavar="N", help="web processes sharing the port; more than one needs REDIS_URL")
    parser.add_argument("--demo", action="store_true", help="seed the demo into the database of DATABASE_URL as well")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    admin = commands.add_parser("admin", help="make the first administrator")
    admin.add_argument("email", metavar="EMAIL", help="the address that will receive the sign-in codes")
    recount = commands.add_parser("recount", help="count the open data of a consultation anew, and compare")
    recount.add_argument("file", metavar="ZIP", help="what the page of figures gives away: du-lieu.zip")
    verify = commands.add_parser("verify-meeting", help="check whether the record of a meeting is as it was")
    verify.add_argument("meeting", metavar="ID", type=int, help="its number, as in the address of its record")
    taken = commands.add_parser("take-over", help="keep the open data of a consultation that another site held, as a record to be read")
    taken.add_argument("file", metavar="ZIP", type=Path, help="what that site gives away: du-lieu.zip")
    taken.add_argument("agency", metavar="AGENCY", help="whose record it is, by its short name in addresses")
    again = commands.add_parser("erase-again", help="erase what a restored backup has brought back")
    again.add_argument("file", metavar="FILE", type=Path, help="the list of what was erased: erased.jsonl of a data folder")
    commands.add_parser("lock", help="for developers: bring the lists of locked packages up to date")
    commands.add_parser("settings", help="for developers: bring the README's table of settings up to date")
    commands.add_parser("phases", help="for developers: bring the drawing of a consultation's life up to date")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    chosen = parse(arguments)
    given = {"LISTEN_HOST": chosen.host, "LISTEN_PORT": chosen.port, "DATA_FOLDER": chosen.data, "WORKERS": chosen.workers}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    if chosen.demo:
        os.environ["DEMO"] = "1"

    if chosen.command == "lock":
        from server import locks

        return locks.write_all()
    bootstrap.enter_environment("server", arguments)
    # From here on the packages are installed.
    from server import supervisor
    from server.settings import SettingsRefused, read_settings

    if chosen.command == "recount":
        from server import recount

        return recount.print_recount(chosen.file)
    if chosen.command == "settings":
        from server import readme

        return readme.write_settings_table()
    if chosen.command == "phases":
        from server import phases

        return phases.write_manual()
    try:
        settings = read_settings()
    except SettingsRefused as refused:
        bootstrap.stop(str(refused))
    if chosen.command == "admin":
        return supervisor.make_administrator(settings, chosen.email)
    if chosen.command == "verify-meeting":
        return supervisor.verify_meeting(settings, chosen.meeting)
    if chosen.command == "take-over":
        return supervisor.take_over(settings, chosen.file, chosen.agency)
    if chosen.command == "erase-again":
        return supervisor.erase_again(settings, chosen.file)
    bootstrap.build_frontend()
    if settings.own_engine:
        bootstrap.compile_fanout()
    return supervisor.run(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
