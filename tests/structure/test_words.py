"""What stands in no file: a path of one machine, the address of a package registry."""

import re

import pytest

from tests.structure.files import project_files, text

TEXTS = [path for path in project_files() if path.suffix not in {".png", ".jpg", ".woff2", ".docx", ".pdf", ".ttf", ".zip", ".mo", ".ico"}]
# Each is written so that this file itself does not hold it.
MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users|tmp)/\w")
REGISTRY = re.compile(r"py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + r"js|registry\.yarn" + r"pkg|--(extra-)?index" + r"-url")


def test_no_file_names_a_machine_or_a_registry() -> None:
    lines = [(str(path), line[:200]) for path in TEXTS for line in text(path).splitlines() if MACHINE.search(line) or REGISTRY.search(line)]
    assert lines == []


@pytest.mark.parametrize("line", ["see /" + "work/main", "in '/" + "tmp/x'", "https://py" + "pi.org/simple", "--index" + "-url=x"])
def test_such_words_are_seen(line: str) -> None:
    assert MACHINE.search(line) or REGISTRY.search(line)
