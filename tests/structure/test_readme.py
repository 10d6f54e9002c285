"""The README and the one command that proves it."""

import re

from server.readme import README, with_current_table
from tests.parts import PARTS, ROOT


def test_the_table_of_settings_is_current() -> None:
    readme = README.read_text("utf-8")
    assert with_current_table(readme) == readme, "run: python3 -m server settings"


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert README.read_text("utf-8").count("\n") < 200


def test_the_check_of_every_change_is_the_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8") == "#!/bin/sh\nexec python3 -m tests\n"
    assert re.search(r"^python3 -m tests\b", README.read_text("utf-8"), re.M)


def test_every_test_belongs_to_one_part() -> None:
    folders = [folder for part in PARTS for folder in part.folders]
    assert len(folders) == len(set(folders))
    tests = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")]
    assert [str(path) for path in tests if path.parts[0] not in folders] == []
    assert [folder for folder in folders if not any(path.parts[0] == folder for path in tests)] == []
