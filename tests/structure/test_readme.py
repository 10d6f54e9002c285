"""The README and the one command that proves it."""

import re

from server.readme import README, with_current_table
from server.settings import Settings
from tests.parts import PARTS, ROOT
from tests.structure.files import modules, text


def test_the_table_of_settings_is_current() -> None:
    readme = README.read_text("utf-8")
    assert with_current_table(readme) == readme, "run: python3 -m server settings"


def test_every_setting_of_the_table_does_something() -> None:
    program = "\n".join(text(path) for path in modules("server"))
    assert [name for name in Settings.__struct_fields__ if not re.search(rf"\.{name}\b", program)] == []


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert README.read_text("utf-8").count("\n") < 200


def test_the_check_of_every_change_is_the_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8") == "#!/bin/sh\nexec python3 -m tests\n"
    assert re.search(r"^python3 -m tests\b", README.read_text("utf-8"), re.M)


def test_every_test_belongs_to_one_part() -> None:
    folders = [folder for part in PARTS for folder in part.folders]
    assert len(folders) == len(set(folders))
    tests = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")]
    left_out = [name for part in PARTS for name in part.without]
    there = {str(path): sum(path.is_relative_to(folder) for folder in folders) - left_out.count(str(path)) for path in tests}
    assert [name for name, times in there.items() if times != 1] == []
    assert [folder for folder in folders if not any(path.is_relative_to(folder) for path in tests)] == []
