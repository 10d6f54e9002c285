"""The words of the demo's consultations and of its room, beside the draft decision in ``decision.md``. All of it is made up."""

from typing import NamedTuple

from consultations.papers import PaperKind

DEMO_AGENCY = "ubnd-tinh-mau"
"""The slug of the demo's agency: its consultations are shown as samples."""

AGENCY_NAME = "Ủy ban nhân dân tỉnh Mẫu"

DECISION_TITLE = "Dự thảo Quyết định quy định về họp trực tuyến và lấy ý kiến nhân dân trên môi trường số"
DECISION_TITLE_EN = "Draft Decision on online meetings and public consultation in the digital environment"
DECISION_SUMMARY = (
    "Dự thảo quy định cách các cơ quan của tỉnh họp từ xa, và cách người dân góp ý, bỏ phiếu và nhận trả lời đối với dự thảo văn bản. "
    "Ông/bà có thể góp ý từng điều, từng khoản và cho biết ông/bà đồng ý hay không. Đây là dữ liệu trình diễn: tỉnh Mẫu không có thật."
)
DECISION_SUMMARY_EN = (
    "The draft says how the province's agencies meet remotely, and how people comment, vote and are answered on draft documents. "
    "You can comment on each article and clause and say whether you agree. This is demonstration data: Mẫu Province does not exist."
)


DECISION_TARGET = 500
"""How many people the demo's agency hopes to hear."""


class DemoPaper(NamedTuple):
    """One file of the demo's dossier, in plain text."""

    kind: PaperKind
    title: str
    file_name: str
    text: str


DECISION_PAPERS = (
    DemoPaper(
        "submission",
        "Tờ trình về việc ban hành Quyết định (bản mẫu)",
        "to-trinh.txt",
        """ỦY BAN NHÂN DÂN TỈNH MẪU
TỜ TRÌNH
Về dự thảo Quyết định quy định về họp trực tuyến và lấy ý kiến nhân dân trên môi trường số

1. Sự cần thiết: việc họp và lấy ý kiến qua mạng chưa có quy định thống nhất trong tỉnh.
2. Mục đích: người dân góp ý được từ xa, biết ý kiến của mình được tiếp thu hay không và vì sao.
3. Nội dung chính: họp trực tuyến; lấy ý kiến; trả lời ý kiến; bảo vệ thông tin cá nhân.
4. Điều kiện thi hành: sử dụng thiết bị và đường truyền hiện có.

Đây là dữ liệu trình diễn: tỉnh Mẫu không có thật.
""",
    ),
    DemoPaper(
        "assessment",
        "Báo cáo đánh giá tác động (bản mẫu)",
        "danh-gia-tac-dong.txt",
        """BÁO CÁO ĐÁNH GIÁ TÁC ĐỘNG
Người dân: giảm thời gian đi lại; người không dùng mạng vẫn góp ý được tại trụ sở xã.
Cơ quan: phải bố trí người kiểm duyệt và người trả lời ý kiến.
Ngân sách: không phát sinh chi đầu tư mới.

Đây là dữ liệu trình diễn: tỉnh Mẫu không có thật.
""",
    ),
)


class Opinion(NamedTuple):
    """What a demo citizen says of a node (``anchor`` of the draft; empty for the whole)."""

    who: int
    anchor: str
    text: str


OPINIONS = (
    Opinion(1, "", "Dự thảo dễ đọc. Đề nghị khi ban hành có thêm bản tóm tắt một trang để niêm yết tại nhà văn hóa thôn, tổ dân phố."),
    Opinion(2, "dieu-1-khoan-1", "Nên nói rõ quy định này có áp dụng cho cuộc họp của thôn, tổ dân phố hay không."),
    Opinion(
        3, "dieu-2", "Đề nghị bổ sung người Việt Nam ở nước ngoài có đất, nhà ở hoặc cơ sở kinh doanh tại tỉnh vào đối tượng được góp ý."
    ),
    Opinion(1, "dieu-3-khoan-1", "Cụm từ “một phần người dự họp” nên quy định tối thiểu bao nhiêu người phải có mặt tại phòng họp."),
    Opinion(2, "dieu-4", "Rất đồng ý với nguyên tắc không thu thập thông tin cá nhân quá mức cần thiết."),
)

SURVEY_TITLE = "Lấy ý kiến về giờ tiếp dân và cách nhận kết quả thủ tục hành chính"
SURVEY_TITLE_EN = "Opinions on the hours of public service and on how results are received"
SURVEY_SUMMARY = "Sáu nhận định ngắn; mỗi nhận định ông/bà chọn một trong ba phương án. Kết quả chỉ hiện sau khi kết thúc."
SURVEY_SUMMARY_EN = "Six short statements with three answers each. The results are shown only after the close."
SURVEY = (
    "Bộ phận Một cửa nên mở cửa đến 20 giờ ít nhất một ngày trong tuần.",
    "Nên mở cửa sáng thứ Bảy, kể cả khi phải nghỉ bù chiều thứ Sáu.",
    "Người dân nên được hẹn giờ trước qua mạng hoặc điện thoại.",
    "Kết quả thủ tục hành chính nên được gửi về tận nhà với mức phí hợp lý.",
    "Ưu tiên người cao tuổi, phụ nữ mang thai và người khuyết tật tại quầy riêng.",
    "Mỗi xã nên có người hướng dẫn nộp hồ sơ trực tuyến tại nhà văn hóa thôn.",
)

PAST_TITLE = "Lấy ý kiến về việc bố trí chợ phiên cuối tuần ở trung tâm xã"
PAST_TITLE_EN = "Opinions on a weekend market in the centre of the commune"
PAST_SUMMARY = "Đợt lấy ý kiến mẫu đã kết thúc, để ông/bà xem kết quả được công bố như thế nào."
PAST_SUMMARY_EN = "A sample consultation that has ended, to show how results are published."
PAST = (
    "Chợ phiên nên họp vào sáng Chủ nhật.",
    "Nên cấm xe tải vào trung tâm xã trong giờ họp chợ.",
    "Tiểu thương tại xã nên được ưu tiên chỗ bán.",
)
PAST_REASON = "Kết thúc sớm để trình diễn trang kết quả."

ROOM_TITLE = "Phòng họp trực tuyến Ủy ban nhân dân tỉnh Mẫu"
ROOM_SLUG = "phong-hop-truc-tuyen"
"""A room that is always there, so that a meeting can be tried at once."""
