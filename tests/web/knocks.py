"""What one knocks with at every door that is not everybody's."""

from collections.abc import Mapping
from typing import NamedTuple

from server.identity.policy import Action
from tests.web.office import DECREE


class Knock(NamedTuple):
    """What a door is asked with. ``on`` says whose thing it concerns; ``action`` is what is really asked, where a door lets more people
    in so that it can speak to them.
    """

    on: str
    fields: Mapping[str, str] = {}
    action: Action | None = None


AGENCYS, PERSONS, SITES, NOBODYS = "an agency's", "a person's", "the site's", "nobody's"
SCHEDULE = {"document": "other", "opening": "now", "closes_day": "2099-01-01", "moderation": "after", "tallies": "hidden"}
RULING = {"contribution": "anothers_contribution", "ruling": "hide", "rule": "insult", "reason": "Xúc phạm người khác"}

OF_THE_OPEN = (
    *("/ket-thuc", "/tam-dung", "/tiep-tuc", "/huy", "/luu-tru", "/hop-nhat", "/hop-nhat/{anchor}"),
    *("/nhap-ho", "/nhap-tep", "/mau.{format}", "/{file:int}", "/{file:int}/xac-nhan", "/{file:int}/bo"),
)
"""Ends of addresses at which one knocks for the open consultation, and not for the draft."""

ROOM = {"title": "Tên khác", "when": "always", "hosts": "chu-tri@example.vn"}

# In this order: what ends sessions or changes roles comes last.
KNOCKS: Mapping[tuple[str, str], Knock] = {
    ("GET", "/bien-tap"): Knock(NOBODYS),
    ("POST", "/bien-tap"): Knock(AGENCYS, {"agency": "agency", "title": "Dự thảo mới"}),
    ("GET", "/bien-tap/{slug}"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/mo-ta"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/mo-ta"): Knock(AGENCYS, {"title": "Tên khác", "title_en": "", "summary": "", "summary_en": ""}),
    ("GET", "/bien-tap/{slug}/noi-dung"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/noi-dung/tep"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/noi-dung/sua"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/noi-dung/sua"): Knock(AGENCYS, {"source": DECREE, "act": "luu"}),
    ("POST", "/bien-tap/{slug}/noi-dung/phat-bieu"): Knock(AGENCYS, {"statements": "Một.\nHai."}),
    ("GET", "/bien-tap/{slug}/ho-so"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/ho-so"): Knock(AGENCYS, {"kind": "other"}),
    ("POST", "/bien-tap/{slug}/ho-so/bo"): Knock(AGENCYS, {"paper": "draft_paper"}),
    ("GET", "/bien-tap/{slug}/nhap-ho"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/nhap-ho"): Knock(AGENCYS, {"text": "Đồng ý"}),
    ("GET", "/bien-tap/{slug}/nhap-tep"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/nhap-tep"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/nhap-tep/mau.{format}"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/nhap-tep/{file:int}"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/nhap-tep/{file:int}"): Knock(AGENCYS, {"act": "luu"}),
    ("GET", "/bien-tap/{slug}/nhap-tep/{file:int}/xac-nhan"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/nhap-tep/{file:int}/xac-nhan"): Knock(AGENCYS, {"revision": "1", "agrees": "on"}),
    ("POST", "/bien-tap/{slug}/nhap-tep/{file:int}/bo"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/cong-bo"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/xac-nhan"): Knock(AGENCYS, SCHEDULE),
    ("POST", "/bien-tap/{slug}/cong-bo"): Knock(AGENCYS, SCHEDULE),
    ("GET", "/bien-tap/{slug}/tra-loi"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tra-loi"): Knock(AGENCYS, {"outcome": "noted", "explanation": "", "node": ""}),
    ("GET", "/bien-tap/{slug}/tra-loi/cong-bo"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tra-loi/cong-bo"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/tong-hop"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tong-hop"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tong-hop/huy"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/tong-hop/xem-truoc"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/phien-ban"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/phien-ban/tep"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/phien-ban/sua"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/phien-ban/sua"): Knock(AGENCYS, {"source": DECREE, "act": "luu"}),
    ("GET", "/bien-tap/{slug}/phien-ban/doi-chieu"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/hop-nhat"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/hop-nhat/{anchor}"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/hop-nhat/{anchor}"): Knock(AGENCYS, {"words": "Lời khác.", "revision": "0"}),
    ("GET", "/bien-tap/{slug}/phien-ban/xac-nhan"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/phien-ban/xac-nhan"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/phien-ban/bo"): Knock(AGENCYS),
    ("GET", "/kiem-duyet"): Knock(NOBODYS),
    ("POST", "/kiem-duyet"): Knock(AGENCYS, RULING),
    ("POST", "/kiem-duyet/nhieu"): Knock(AGENCYS, {"chosen": "anothers_contribution", "ruling": "restore"}),
    ("POST", "/kiem-duyet/hoan-tac"): Knock(NOBODYS, {"nhieu": "0b8e7a52-6a0f-4c0e-9d5c-2f6f0e6f7d11"}),
    ("GET", "/kiem-duyet/giong-nhau/{slug}"): Knock(AGENCYS),
    ("GET", "/kiem-duyet/khieu-nai"): Knock(NOBODYS),
    ("POST", "/kiem-duyet/khieu-nai"): Knock(AGENCYS, {"contribution": "anothers_contribution"}),
    ("GET", "/y-kien-cua-toi/khieu-nai"): Knock(PERSONS, {"y-kien": "contribution"}),
    ("POST", "/y-kien-cua-toi/khieu-nai"): Knock(PERSONS, {"contribution": "contribution", "reason": "Xin xem lại"}),
    ("POST", "/lay-y-kien/{slug}/gop-y"): Knock(NOBODYS, {"node": "", "name": "Tôi", "text": "Đồng ý"}, Action.CONTRIBUTE),
    ("POST", "/lay-y-kien/{slug}/bieu-quyet"): Knock(NOBODYS, {"question": "question", "choice": "0"}, Action.VOTE),
    ("GET", "/lay-y-kien/{slug}/theo-doi"): Knock(NOBODYS),
    ("POST", "/lay-y-kien/{slug}/theo-doi"): Knock(NOBODYS, {"digest": "daily"}),
    ("GET", "/theo-doi"): Knock(NOBODYS),
    ("POST", "/theo-doi"): Knock(PERSONS, {"item": "follow", "digest": "none"}),
    ("POST", "/thu/{person:int}/{secret}"): Knock(NOBODYS),
    ("POST", "/thu/{person:int}/{follow:int}/{secret}"): Knock(NOBODYS),
    ("POST", "/lay-y-kien/{slug}/cau-hoi"): Knock(NOBODYS, {"only": "poll"}, Action.RESPOND),
    ("POST", "/lay-y-kien/{slug}/mo-van-ban"): Knock(NOBODYS, action=Action.RESPOND),
    ("GET", "/bien-tap/{slug}/cau-hoi"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/cau-hoi"): Knock(
        AGENCYS, {"act": "save", "n": "0", "kind": "text", "text": "Vì sao?", "seen": "4f53cda18c2baa0c"}
    ),
    ("POST", "/bien-tap/{slug}/tham-do"): Knock(AGENCYS, {"act": "save", "kind": "text", "text": "Vì sao?"}),
    ("GET", "/bien-tap/{slug}/tra-loi-viet"): Knock(AGENCYS),
    ("POST", "/lay-y-kien/{slug}/ung-ho"): Knock(NOBODYS, {"contribution": "anothers_contribution"}),
    ("GET", "/y-kien-cua-toi/sua"): Knock(PERSONS, {"y-kien": "contribution"}),
    ("POST", "/y-kien-cua-toi/sua"): Knock(PERSONS, {"contribution": "contribution", "text": "Câu chữ khác"}),
    ("GET", "/y-kien-cua-toi"): Knock(NOBODYS),
    ("GET", "/y-kien-cua-toi/rut"): Knock(PERSONS, {"y-kien": "contribution"}),
    ("POST", "/y-kien-cua-toi/rut"): Knock(PERSONS, {"contribution": "contribution"}),
    ("GET", "/bien-tap/{slug}/ket-thuc"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/tam-dung"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tam-dung"): Knock(AGENCYS, {"reason": "Chờ ý kiến cấp trên"}),
    ("GET", "/bien-tap/{slug}/tiep-tuc"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/tiep-tuc"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/luu-tru"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/luu-tru"): Knock(AGENCYS),
    ("GET", "/bien-tap/{slug}/huy"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/huy"): Knock(AGENCYS),
    ("POST", "/bien-tap/{slug}/ket-thuc"): Knock(AGENCYS, {"reason": "Đã đủ ý kiến"}),
    ("GET", "/phong-hop"): Knock(NOBODYS),
    ("GET", "/phong-hop/moi"): Knock(NOBODYS),
    ("POST", "/phong-hop/moi"): Knock(AGENCYS, {"agency": "agency", **ROOM}),
    ("GET", "/phong-hop/{slug}"): Knock(AGENCYS, action=Action.KNOCK_AT_ROOM),
    ("POST", "/phong-hop/{slug}/thu"): Knock(AGENCYS, action=Action.KNOCK_AT_ROOM),
    ("GET", "/phong-hop/{slug}/lich.ics"): Knock(AGENCYS, action=Action.KNOCK_AT_ROOM),
    ("GET", "/phong-hop/{slug}/sua"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/sua"): Knock(AGENCYS, ROOM, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/lien-ket"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thu-hoi"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/khach/{secret}"): Knock(NOBODYS),
    ("POST", "/phong-hop/{slug}/khach/{secret}"): Knock(NOBODYS, {"name": "Khách"}),
    ("GET", "/phong-hop/{slug}/thanh-phan"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/thanh-phan/them"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/them"): Knock(AGENCYS, {"email": "them@example.vn"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/thanh-phan/nhap"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/nhap"): Knock(AGENCYS, {"list": "nhap@example.vn", "act": "ghi"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/moi-hop"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/thanh-phan/{person:int}"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/{person:int}"): Knock(AGENCYS, {"email": "seated_email"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/{person:int}/chuyen"): Knock(AGENCYS, {"step": "xuong"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/thanh-phan/{person:int}/bo"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/chuong-trinh"): Knock(AGENCYS, action=Action.ENTER_ROOM),
    ("POST", "/phong-hop/{slug}/chuong-trinh/cach-hop"): Knock(AGENCYS, {"led": "on"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/chuong-trinh/them"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/chuong-trinh/them"): Knock(AGENCYS, {"title": "Khai mạc"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/chuong-trinh/{item:int}"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/chuong-trinh/{item:int}"): Knock(AGENCYS, {"title": "Bế mạc"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/chuong-trinh/{item:int}/chuyen"): Knock(AGENCYS, {"step": "xuong"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/chuong-trinh/{item:int}/bo"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/tra-loi"): Knock(PERSONS),
    ("POST", "/phong-hop/{slug}/tra-loi"): Knock(PERSONS, {"answer": "coming"}),
    ("GET", "/phong-hop/{slug}/cuoc-hop"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/ket-luan"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/ket-luan"): Knock(AGENCYS, {"text": "Một việc"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/sua"): Knock(AGENCYS, {"cau": "venue"}, Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/sua"): Knock(
        AGENCYS, {"key": "venue", "text": "Địa điểm khác.", "seen": "0"}, Action.EDIT_ROOM
    ),
    ("POST", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/hoan-tac"): Knock(AGENCYS, {"number": "1"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/the-thuc"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/the-thuc"): Knock(AGENCYS, {"agency": "Tên khác"}, Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/tep.{format}"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/phong-hop/{slug}/xoa"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("POST", "/phong-hop/{slug}/xoa"): Knock(AGENCYS, action=Action.EDIT_ROOM),
    ("GET", "/quan-tri"): Knock(NOBODYS),
    ("POST", "/quan-tri"): Knock(NOBODYS, {"slug": "co-quan-moi", "name": "Mới", "name_en": "New"}),
    ("GET", "/quan-tri/nhat-ky"): Knock(NOBODYS),
    ("GET", "/quan-tri/he-thong"): Knock(SITES),
    ("POST", "/quan-tri/he-thong/moi"): Knock(SITES, {"email": "moi@example.vn", "role": "administrator"}),
    ("GET", "/quan-tri/co-quan/{slug}"): Knock(AGENCYS),
    ("POST", "/quan-tri/co-quan/{slug}/ten"): Knock(AGENCYS, {"name": "Tên khác", "name_en": "Other name"}),
    ("POST", "/quan-tri/co-quan/{slug}/moi"): Knock(AGENCYS, {"email": "moi@example.vn", "role": "editor"}),
    ("POST", "/quan-tri/rut-loi-moi"): Knock(AGENCYS, {"invitation": "invitation_of_agency"}),
    ("POST", "/quan-tri/bo-vai-tro"): Knock(AGENCYS, {"grant": "grant"}),
    ("GET", "/tai-khoan"): Knock(NOBODYS),
    ("POST", "/tai-khoan/ten"): Knock(NOBODYS, {"name": "Tên mới"}),
    ("POST", "/tai-khoan/thiet-bi"): Knock(PERSONS, {"session": "session"}),
    ("POST", "/tai-khoan/thiet-bi-khac"): Knock(NOBODYS),
    ("GET", "/loi-moi/{invitation:int}"): Knock(PERSONS),
    ("POST", "/loi-moi/{invitation:int}"): Knock(PERSONS),
}
