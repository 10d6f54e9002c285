"""Contributions that say nearly the same: what is a copy, what is not, and what each copy adds."""

from consultations.duplicates import Group, compare, group
from server.kernel.ids import ContributionId

LETTER = "Đề nghị bỏ quy định thu phí đăng ký tham dự vì người dân ở vùng xa không có tiền và không có ngân hàng nào gần nhà."
OTHER = "Nên kéo dài thời gian lấy ý kiến đến hết năm để các hội và các trường kịp họp bàn rồi gửi văn bản góp ý chung."


def found(*texts: str) -> list[Group]:
    return group([(ContributionId(number), text) for number, text in enumerate(texts, start=1)])


def test_a_copy_is_found_without_its_diacritics_and_with_a_line_of_its_own() -> None:
    bare = "de nghi bo quy dinh thu phi dang ky tham du vi nguoi dan o vung xa khong co tien va khong co ngan hang nao gan nha"
    assert found(LETTER, OTHER, bare, f"Tôi là nông dân. {LETTER} Xin cảm ơn!") == [
        Group(ContributionId(1), tuple(map(ContributionId, (1, 3, 4))))
    ]


def test_other_words_on_the_same_matter_are_no_copy() -> None:
    assert found(LETTER, OTHER, "Tôi cho rằng thu phí là đúng, vì việc tổ chức cần có kinh phí và người dân nên đóng góp một phần.") == []


def test_short_texts_are_copies_only_when_nearly_all_is_the_same() -> None:
    assert [one.members for one in found("Tôi đồng ý.", "toi dong y", "Tôi không đồng ý.", "!?", "!?")] == [(1, 2)]


def test_what_a_copy_adds_and_leaves_out_is_told_in_its_own_words() -> None:
    pieces = compare("Tôi đồng ý với dự thảo này.", "Tôi KHÔNG dong y với dự thảo!")
    assert [(piece.text.strip(), piece.kind) for piece in pieces] == [
        ("Tôi", "same"),
        ("KHÔNG", "added"),
        ("dong y với dự thảo!", "same"),
        ("này", "left_out"),
    ]


def test_nothing_of_a_copy_is_lost_in_the_comparison() -> None:
    copy = f"  Kính gửi: {OTHER}\n\nTrân trọng."
    assert "".join(piece.text for piece in compare(LETTER, copy) if piece.kind != "left_out") == copy


def test_a_copy_in_a_long_text_of_its_own_is_found_as_well() -> None:
    around = " ".join(f"Nhà tôi ở thôn số {number} gần con suối nhỏ." for number in range(40))
    assert [one.members for one in found(LETTER, OTHER, f"{around} {LETTER} {around}")] == [(1, 3)]
