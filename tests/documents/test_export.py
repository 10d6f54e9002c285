"""The export's files: the same bytes for the same data, nothing that a spreadsheet would run, and the words whole."""

import csv
import io
import json
import re
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from server.documents.export import Column, Sheet, defused, restored, write_csv, write_export

COLUMNS = (Column("id", "number", "số", "number"), Column("text", "text", "nội dung", "words"))
ABOUT = {"title": "Dự thảo", "url": "https://gopy.example.vn/lay-y-kien/mau"}


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_data_give_the_same_bytes_and_explain_themselves() -> None:
    sheet = Sheet("contributions", COLUMNS, [(1, "=1+1"), (2, "Tôi đồng ý")])
    made = write_export(ABOUT, [sheet], {"text-v1.json": b"{}"})
    assert made == write_export(ABOUT, [sheet], {"text-v1.json": b"{}"})
    files = files_of(made)
    assert set(files) == {
        *("README.md", "LICENSE.md", "dictionary.csv", "consultation.json", "contributions.csv", "contributions.json", "text-v1.json")
    }
    assert "`contributions.csv`" in files["README.md"].decode()
    assert json.loads(files["contributions.json"])[0]["text"] == "=1+1"
    dictionary = files["dictionary.csv"].decode("utf-8-sig")
    assert all(f',"{column.name}","{column.type}",' in dictionary for column in COLUMNS)


letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(" '=+-@＝;,\t\r\n\"")


@given(st.text(letters))
def test_no_cell_is_a_formula_however_lines_are_cut_into_cells_and_every_cell_can_be_read_back(text: str) -> None:
    cell = defused(text)
    assert not cell.lstrip(" ").startswith(("\t", "\r", "\n"))
    for piece in re.split(r"[;\t\r\n]", cell):
        assert not piece.lstrip(" ").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    [[_], [read]] = csv.reader(io.StringIO(write_csv(["text"], [[text]]).decode("utf-8-sig"), newline=""), strict=True)
    assert restored(read) == text


def test_every_text_is_quoted_so_that_none_is_cut_where_it_has_another_separator() -> None:
    written = write_csv(["id", "text"], [[1, "một; =1+1"], [2, "Tôi nói:\n- không"]]).decode("utf-8-sig")
    assert written == '"id","text"\r\n1,"một;\' =1+1"\r\n2,"Tôi nói:\n\'- không"\r\n'
