"""What a refusal is to a reader: a status, and a sentence in the reader's language. Pages and the live socket ask here."""

import logging
import math
from collections.abc import Mapping

from server.kernel.refused import Refused
from server.locale import translate

_log = logging.getLogger(__name__)


def _(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated when somebody reads it."""
    return text


STATUS: Mapping[str, int] = {
    "already": 409,
    "bad_content_type": 415,
    "bad_input": 400,
    "busy": 503,
    "chosen_otherwise": 409,
    "closed": 409,
    "conflict": 409,
    "contributed_enough": 429,
    "edited_meanwhile": 409,
    "foreign_request": 403,
    "form_too_old": 403,
    "media_unavailable": 503,
    "code_old": 409,
    "not_of_hall": 403,
    "phone_unknown": 403,
    "sits_in_hall": 409,
    "chat_goes_on": 409,
    "line_erased": 409,
    "meeting_not_over": 409,
    "meeting_over": 409,
    "does_not_agree": 409,
    "paper_approved": 409,
    "paper_not_approved": 409,
    "paper_not_issued": 403,
    "slip_not_counted": 409,
    "meeting_runs": 409,
    "hands_not_asked": 409,
    "member_present": 409,
    "motion_decided": 409,
    "too_few_papers": 409,
    "not_allowed": 403,
    "not_found": 404,
    "not_on_roll": 403,
    "not_open": 409,
    "questions_changed": 409,
    "rate_limited": 429,
    "record_broken": 409,
    "secret_item": 409,
    "time_used": 409,
    "groups_open": 409,
    "groups_closed": 409,
    "no_check": 409,
    "no_groups": 409,
    "nobody_there": 409,
    "seen_otherwise": 409,
    "sign_in_needed": 401,
    "text_changed": 409,
    "tied": 409,
    "too_large": 413,
    "too_slow": 408,
    "unanswered": 409,
    "unavailable": 503,
    "unread": 409,
    "vote_closed": 409,
    "vote_not_closed": 409,
    "vote_not_counted": 409,
    "vote_not_open": 409,
    "voted_already": 409,
    "wrong_method": 405,
    "wrong_phase": 409,
}
"""HTTP statuses of refusals; of any other, 422."""

SENTENCES: Mapping[str, str] = {
    # what was sent, and from where
    "bad_content_type": _("Biểu mẫu được gửi sai định dạng."),
    "bad_input": _("Yêu cầu không hợp lệ."),
    "conflict": _("Yêu cầu này đã được gửi với nội dung khác. Xin gửi lại."),
    "foreign_request": _("Yêu cầu không đến từ trang của hệ thống nên không được nhận."),
    "form_too_old": _("Trang đã mở quá lâu hoặc ông/bà vừa đăng nhập, đăng xuất. Xin tải lại trang rồi gửi lại."),
    "too_large": _("Nội dung gửi lên quá lớn."),
    "too_slow": _("Dữ liệu gửi lên quá chậm nên đã bị ngắt. Xin thử lại."),
    "wrong_method": _("Địa chỉ này không nhận loại yêu cầu đó."),
    # whether it may be done, and now
    "busy": _("Hệ thống đang nhận rất nhiều yêu cầu. Xin gửi lại sau ít phút."),
    "failed": _("Hệ thống gặp lỗi khi xử lý yêu cầu này; lỗi đã được ghi lại. Xin thử lại sau ít phút."),
    "not_allowed": _("Ông/bà không có quyền làm việc này."),
    "not_found": _("Không tìm thấy trang này. Trang có thể đã được đổi địa chỉ hoặc không còn nữa."),
    "meeting_runs": _("Cuộc họp đang diễn ra: phó chủ tọa không sửa phòng họp và thành phần dự họp. Xin báo chủ tọa hoặc thư ký."),
    "line_erased": _("Lời này đã được xóa."),
    "chat_goes_on": _("Cuộc họp chưa kết thúc. Xin xóa lời này sau khi họp xong."),
    "meeting_not_over": _("Cuộc họp chưa kết thúc nên chưa phê duyệt được văn bản."),
    "does_not_agree": _("Văn bản còn chỗ không khớp với nhật ký. Xin sửa các chỗ đã nêu rồi phê duyệt."),
    "slip_not_counted": _("Phiếu lấy ý kiến này chưa được kiểm nên chưa có biên bản."),
    "paper_not_issued": _("Văn bản chưa được phê duyệt. Ông/bà đọc được sau khi người chủ trì phê duyệt."),
    "paper_approved": _("Văn bản đã được phê duyệt nên không sửa được nữa. Muốn sửa, người chủ trì phải mở lại văn bản."),
    "paper_not_approved": _("Văn bản này chưa được phê duyệt hoặc đã được mở lại."),
    "rate_limited": _("Quá nhiều yêu cầu. Xin thử lại sau ít phút."),
    "rate_limited:seconds": _("Quá nhiều yêu cầu. Xin thử lại sau %(wait)s giây."),
    "rate_limited:minutes": _("Quá nhiều yêu cầu. Xin thử lại sau %(wait)s phút."),
    "sign_in_needed": _("Xin đăng nhập để tiếp tục."),
    "unavailable": _("Hệ thống tạm thời gián đoạn. Xin thử lại sau ít phút."),
    # the live connection
    "outdated": _("Trang này đã cũ. Xin tải lại trang."),
    "restarting": _("Hệ thống đang khởi động lại. Trang sẽ tự kết nối lại."),
    "too_many_connections": _("Ông/bà đang mở quá nhiều trang cùng lúc. Xin đóng bớt."),
    "too_many_topics": _("Trang này theo dõi quá nhiều đợt lấy ý kiến cùng lúc."),
    # words that people write
    "empty": _("Xin điền nội dung."),
    "empty:question": _("Xin viết câu hỏi."),
    "empty:answer": _("Xin trả lời câu hỏi này."),
    "empty:name": _("Xin ghi tên."),
    "empty:reason": _("Xin ghi lý do."),
    "empty:words": _("Xin ghi lời văn."),
    "empty:text": _("Xin viết nội dung ý kiến."),
    "empty:title": _("Xin ghi tên đợt lấy ý kiến."),
    "said_twice": _("Câu này đã có ở trên."),
    "too_many": _("Nhiều nhất là %(limit)s dòng."),
    "too_long": _("Nội dung dài %(length)s ký tự; tối đa là %(limit)s."),
    # consultations
    "already": _("Việc này đã được làm rồi."),
    "already:appealed": _("Ý kiến này đã có khiếu nại; chỉ quyết định giải quyết khiếu nại mới thay đổi được."),
    "already:answered": _("Ý kiến này đã có nội dung tiếp thu, giải trình được công bố."),
    "already:closed": _("Cuộc thăm dò này đã đóng."),
    "already:open": _("Cuộc thăm dò này đang mở."),
    "already:same": _("Nội dung không có gì thay đổi."),
    "already:decided": _("Khiếu nại này đã được giải quyết."),
    "already:hidden": _("Ý kiến này đã được ẩn."),
    "already:visible": _("Ý kiến này đang được công khai."),
    "already:waiting": _("Ý kiến này đang chờ kiểm duyệt."),
    "already:withdrawn": _("Ý kiến này đã được rút."),
    "already:erased": _("Nội dung ý kiến này đã được xóa theo yêu cầu của người góp ý."),
    "not_confirmed": _("Xin gõ đúng chữ XÓA để xác nhận."),
    "words_erased": _("Trong các ý kiến đã chọn có ý kiến đã được xóa theo yêu cầu của người góp ý: chỉ có thể ghi nhận."),
    "undo_too_late": _("Đã quá 15 phút nên không hoàn tác được nữa. Xin xử lý lại từng ý kiến."),
    "bad_choice": _("Xin chọn một phương án trả lời."),
    "bad_order": _("Xin xếp hạng tất cả các phương án, mỗi hạng một lần."),
    "too_many_choices": _("Chọn nhiều nhất %(limit)s phương án."),
    "bad_paper": _("Chỉ nhận tệp .pdf, .docx, .xlsx và .txt."),
    "bad_question": _("Câu hỏi cần từ 2 đến 20 phương án khác nhau; câu hỏi tự viết không có phương án."),
    "too_many_follows": _("Ông/bà đang theo dõi %(limit)s mục, là mức nhiều nhất. Xin bỏ bớt."),
    "too_many_questions": _("Nhiều nhất là %(limit)s câu hỏi."),
    "bad_quote": _("Không tìm thấy đoạn được trích trong mục đã chọn. Xin sao chép đúng câu chữ của dự thảo, hoặc chọn đúng mục."),
    "quoted_twice": _("Đoạn được trích xuất hiện nhiều lần trong mục đã chọn. Xin trích dài hơn hoặc chọn khoản, điểm cụ thể."),
    "bad_target": _("Chỉ tiêu người tham gia phải là một số lớn hơn 0."),
    "bad_dates": _("Thời điểm kết thúc phải sau hiện tại, sau thời điểm bắt đầu và không quá 366 ngày kể từ thời điểm ấy."),
    "closed": _("Đợt lấy ý kiến đã kết thúc, không nhận thêm phiếu và ý kiến."),
    "contributed_enough": _("Ông/bà đã gửi %(limit)s ý kiến trong một giờ. Xin gửi tiếp sau; nội dung đang viết vẫn còn ở đây."),
    "no_explanation": _("Xin ghi nội dung giải trình; người góp ý và mọi người sẽ đọc nội dung này."),
    "no_reason": _("Xin ghi lý do; người viết ý kiến sẽ đọc lý do này."),
    "no_rule": _("Xin chọn quy tắc bị vi phạm."),
    "no_summary": _("Chưa có bản tóm tắt bằng lời dễ hiểu. Bản tóm tắt là bắt buộc trước khi công bố."),
    "no_text": _("Chưa có nội dung để lấy ý kiến."),
    "not_open": _("Chưa đến thời gian lấy ý kiến."),
    "period_too_short": _("Thời gian lấy ý kiến ít nhất là %(limit)s ngày, không kể ngày đăng (%(source)s)."),
    "bad_day": _("Xin ghi ngày có thật, đã qua hoặc hôm nay, theo dạng ngày/tháng/năm."),
    "chosen_otherwise": _("Lựa chọn các dòng vừa được thay đổi. Xin xem lại số ý kiến rồi xác nhận."),
    "empty:kind": _("Xin ghi loại chủ thể."),
    "empty:place": _("Xin ghi nơi nhận ý kiến."),
    "unknown_clause": _("Dự thảo không có, hoặc có nhiều hơn một, điều khoản như vậy."),
    "unknown_kind": _("Không phải là một loại chủ thể."),
    "unknown_side": _("Không phải là một thái độ."),
    "nothing_chosen": _("Xin chọn ít nhất một ý kiến."),
    "own_ruling": _("Khiếu nại phải do một tài khoản khác giải quyết, không phải người đã ẩn hoặc đã viết ý kiến."),
    "seen_otherwise": _("Ý kiến này vừa được sửa, hoặc vừa có người khác xử lý. Xin đọc lại trước khi quyết định."),
    "too_late": _("Đã hết thời hạn khiếu nại."),
    "unanswered": _("Còn %(count)s ý kiến chưa có nội dung tiếp thu, giải trình hoặc đang chờ kiểm duyệt."),
    "counted_twice": _("Ý kiến số %(contribution)s có hai lần trong bản tổng hợp."),
    "report_too_heavy": _("Bản tổng hợp quá dài để lập ngay. Xin thử lại sau ít phút."),
    "unread": _("Xin mở văn bản trước khi trả lời câu hỏi về toàn văn."),
    "questions_changed": _("Bảng câu hỏi vừa được sửa ở nơi khác. Xin xem lại rồi làm tiếp."),
    "unexplained": _("Còn %(count)s ý kiến không được tiếp thu hoặc tiếp thu một phần mà chưa có nội dung giải trình."),
    "no_single_place": _("Bản chuẩn bị không có đúng một chỗ ứng với lời này. Xin đưa lời văn vào bằng cách sửa văn bản."),
    "edited_meanwhile": _("Người khác vừa sửa bản này. Xin mở lại trang để xem bản mới rồi sửa tiếp; nội dung vừa gửi vẫn còn ở đây."),
    "text_changed": _("Dự thảo đã có bản mới. Xin tải lại trang để góp ý vào bản mới."),
    "too_deep": _("Không trả lời tiếp được ở mức này. Xin trả lời ý kiến ở trên."),
    "too_many_entries": _("Mỗi lần nhập từ 1 đến %(limit)s ý kiến."),
    "too_many_papers": _("Hồ sơ có nhiều nhất %(limit)s tệp."),
    "too_many_versions": _("Một phòng họp giữ nhiều nhất %(limit)s bản tài liệu, kể cả các bản cũ."),
    "too_many_notes": _("Mỗi người có nhiều nhất %(limit)s ghi chú trong một phòng họp. Xin xóa bớt."),
    "wrong_phase": _("Đợt lấy ý kiến không ở giai đoạn làm được việc này."),
    "wrong_phase:announced": _("Chưa đến thời gian lấy ý kiến."),
    "wrong_phase:answered": _("Kết quả tiếp thu, giải trình của đợt lấy ý kiến đã được công bố."),
    "wrong_phase:archived": _("Đợt lấy ý kiến đã được lưu trữ."),
    "wrong_phase:cancelled": _("Đợt lấy ý kiến đã bị hủy."),
    "wrong_phase:suspended": _("Đợt lấy ý kiến đang tạm dừng."),
    "wrong_phase:closed": _("Đợt lấy ý kiến đã kết thúc."),
    "wrong_phase:draft": _("Đợt lấy ý kiến chưa được công bố."),
    "wrong_phase:open": _("Đợt lấy ý kiến đang diễn ra nên không còn thay đổi được."),
    # documents
    "bad_document": _("Không đọc được tệp này."),
    "bad_document:bomb": _("Tệp này phình ra quá lớn khi mở nên không được nhận."),
    "bad_document:altered": _(
        "Số trong tệp không khớp với các dòng của chính nó nên không được nhận: %(what)s, công bố %(published)s, đếm được %(counted)s."
    ),
    "bad_document:not_an_export": _("Tệp này không phải dữ liệu mở của một đợt lấy ý kiến, hoặc đã thiếu, hỏng hay bị sửa."),
    "bad_document:not_ended": _("Đợt lấy ý kiến trong tệp chưa kết thúc. Chỉ tiếp nhận đợt đã kết thúc và đã có kết quả."),
    "bad_document:column_twice": _("Tệp có hai cột “%(column)s”."),
    "bad_document:no_columns": _("Tệp thiếu cột: %(columns)s. Dòng đầu của tệp phải là tên các cột."),
    "bad_document:no_lines": _("Tệp không có dòng nào dưới tên các cột."),
    "bad_document:old_excel": _("Tệp .xls kiểu cũ không được nhận. Xin lưu lại thành .xlsx hoặc .csv."),
    "bad_document:too_many_lines": _("Tệp có hơn %(limit)s dòng. Xin chia thành nhiều tệp."),
    "bad_document:unknown_table": _("Chỉ nhận tệp .xlsx, .csv và .docx."),
    "bad_document:no_table": _("Tệp .docx này không có bảng nào."),
    "bad_document:wrong_encoding": _("Tệp không ở bảng mã Unicode. Xin lưu lại theo UTF-8."),
    "bad_document:empty": _("Tệp này không có chữ nào."),
    "bad_document:external_content": _("Tệp này lấy nội dung từ nơi khác. Xin dùng tệp chứa đủ nội dung."),
    "bad_document:has_macros": _("Tệp này chứa macro nên không được nhận. Xin lưu lại thành .docx không có macro."),
    "bad_document:no_articles": _("Không tìm thấy điều nào trong tệp này."),
    "bad_document:not_a_document": _("Tệp này không phải văn bản như phần mở rộng của tên tệp, hoặc đã hỏng."),
    "bad_document:old_word": _("Tệp .doc kiểu cũ không được nhận. Xin lưu lại thành .docx."),
    "bad_document:password_protected": _("Tệp này có mật khẩu. Xin bỏ mật khẩu rồi tải lên lại."),
    "bad_document:not_converted": _("Không chuyển được tệp này thành PDF. Xin mở bằng Word, lưu thành PDF rồi tải lên."),
    "bad_document:too_many_pages": _("Tệp có hơn %(limit)s trang. Xin chia thành nhiều tệp."),
    "bad_document:too_deep": _("Tệp này có cấu trúc lồng nhau quá sâu."),
    "bad_document:too_heavy": _("Tệp này quá nặng để đọc."),
    "bad_document:too_large": _("Tệp này quá lớn."),
    "bad_document:unknown_format": _("Chỉ nhận tệp .docx, .md, .html và .txt."),
    "bad_meeting_paper": _("Chỉ nhận tệp .pdf và .docx."),
    "bad_page": _("Tài liệu có các trang từ 1 đến %(limit)s."),
    "no_converter": _("Máy chủ này chưa chuyển được tệp Word thành PDF. Xin lưu thành PDF rồi tải lên."),
    # rooms
    "bad_email:hosts": _("Địa chỉ thư điện tử “%(email)s” chưa đúng."),
    "bad_email:members": _("Địa chỉ thư điện tử “%(email)s” chưa đúng."),
    "bad_times": _("Xin cho biết ngày, giờ bắt đầu và kết thúc; kết thúc phải sau bắt đầu và không quá 31 ngày."),
    "full": _("Phòng họp đã đủ người: nhiều nhất là %(limit)s."),
    "media_unavailable": _("Chưa kết nối được máy chủ hình và tiếng. Cuộc họp vẫn tiếp tục; xin thử lại sau ít giây."),
    "not_inside": _("Ông/bà không ở trong phòng họp."),
    "not_started": _("Cuộc họp chưa bắt đầu. Khách vào được khi đã có cán bộ trong phòng."),
    "turned_away": _("Người chủ trì đã nhiều lần không cho ông/bà vào phòng."),
    "no_host": _("Phòng họp cần ít nhất một người chủ trì."),
    "too_many_invited": _("Nhiều nhất là %(limit)s người được mời."),
    # of the roll, the agenda and the floor
    "already:begun": _("Nội dung này đã được bắt đầu nên không bỏ khỏi chương trình được."),
    "already:running": _("Cuộc họp đang diễn ra. Xin sửa chương trình ngay trong phòng họp."),
    "already:finished": _("Nội dung này đã kết thúc nên không sửa được nữa."),
    "bad_duty": _("Nhiệm vụ phải là một trong: Chủ tọa, Phó chủ tọa, Thư ký, Thành viên, Khách mời, Quan sát viên, Kỹ thuật viên."),
    "bad_substitute": _("Người dự thay phải là người chưa có tên trong danh sách; người dự thay không cử người khác."),
    "bad_hall": _("Điểm cầu phải là một người khác có tên trong danh sách, không dự thay ai và không ngồi tại điểm cầu nào."),
    "hall_votes": _("Điểm cầu không có phiếu riêng: xin ghi 0 phiếu. Mỗi đại biểu ngồi tại đó có phiếu của mình."),
    "code_old": _("Mã này đã được đổi. Xin quét lại mã đang hiện trên màn hình của điểm cầu."),
    "not_of_hall": _("Tài khoản này không có tên trong danh sách đại biểu của điểm cầu. Xin hỏi người phụ trách điểm cầu."),
    "phone_unknown": _("Điện thoại này chưa được xác nhận là của đại biểu nào, hoặc việc xác nhận đã hết hiệu lực."),
    "phone_unknown:sent": _("Việc vừa gửi chưa được ghi nhận: việc xác nhận điện thoại này là của đại biểu nào đã hết hiệu lực."),
    "no_such_phone": _("Không có điện thoại nào đang chờ với số này. Xin xem lại số trên điện thoại của đại biểu."),
    "sits_in_hall": _("Ông/bà dự họp tại điểm cầu: micro và camera là của điểm cầu."),
    "bad_duration": _("Thời gian phải từ %(least)s đến %(most)s giây."),
    "bad_planned_time": _("Thời điểm dự kiến phải trong vòng một năm."),
    "bad_principal": _("Người dự thay phải thay cho một người có tên trong danh sách và không dự thay cho ai."),
    "bad_weight": _("Số phiếu của một người phải từ 0 đến %(limit)s."),
    "listed_before": _("Địa chỉ này đã có ở dòng %(line)s."),
    "listed_twice": _("Mỗi người chỉ có một dòng trong danh sách."),
    "secret_item": _("Đang họp một nội dung mật: không nhận tin nhắn và không mời thêm người ngoài danh sách của nội dung này."),
    "time_used": _("Người phát biểu đã dùng hết thời gian. Chủ tọa có thể cho thêm bằng cách ghi số giây."),
    "time_used:agency": _("Cơ quan của người phát biểu đã dùng hết thời gian. Chủ tọa có thể cho thêm bằng cách ghi số giây."),
    "too_many_items": _("Chương trình có nhiều nhất %(limit)s nội dung."),
    "two_chairs": _("Danh sách chỉ có một chủ tọa."),
    # of votes
    "not_voted": _("Xin gửi phiếu trước, rồi đính kèm tệp vào ý kiến."),
    "too_many_files": _("Mỗi ý kiến có nhiều nhất %(limit)s tệp."),
    "deadline_not_later": _("Hạn mới phải sau hạn cũ. Không rút ngắn thời gian đã thông báo cho các thành viên."),
    "too_few_papers": _(
        "Chưa đủ %(limit)s phiếu kín nên chưa thể kết thúc sớm: kiểm quá ít phiếu sẽ lộ ai chọn gì. Xin chờ thêm hoặc lùi hạn."
    ),
    "bad_deadline": _("Thời hạn biểu quyết từ 10 giây đến 60 ngày."),
    "bad_options": _("Cần từ 2 đến %(limit)s phương án khác nhau."),
    "bad_roll": _("Danh sách biểu quyết cần từ 1 đến %(limit)s thành viên, mỗi người một lần."),
    "bad_rule": _("Cách biểu quyết này không dùng được. Biểu quyết kín không hiện kết quả trong lúc bỏ phiếu và mỗi phiếu đều ngang nhau."),
    "member_present": _("Thành viên chính thức đang dự họp nên người dự thay không biểu quyết."),
    "motion_decided": _("Nội dung này đã được đưa ra biểu quyết hoặc đã rút nên không thay đổi được nữa."),
    "no_casting_vote": _("Không có phiếu quyết định: người chủ trì không biểu quyết nội dung này, hoặc kết quả không ngang nhau."),
    "hands_not_asked": _("Hiện không có việc lấy ý kiến bằng giơ tay."),
    "not_on_roll": _("Ông/bà không có tên trong danh sách biểu quyết nội dung này."),
    "objected_too_late": _("Đã hết thời gian nêu ý kiến về kết quả kiểm phiếu."),
    "tied": _("Kết quả ngang nhau. Người chủ trì cần quyết định trước khi công bố."),
    "vote_closed": _("Việc biểu quyết đã kết thúc."),
    "vote_not_closed": _("Việc biểu quyết chưa kết thúc."),
    "vote_not_counted": _("Phiếu chưa được kiểm."),
    "groups_open": _("Các nhóm đang thảo luận riêng. Xin gọi mọi người về phòng họp trước."),
    "groups_closed": _("Hiện không có thảo luận nhóm."),
    "no_check": _("Hiện không có lượt kiểm tra kỹ thuật nào ở máy này."),
    "no_groups": _("Chưa có ai trong nhóm nào. Xin xếp người vào nhóm trước."),
    "too_many_groups": _("Nhiều nhất là %(limit)s nhóm."),
    "nobody_there": _("Không có ai khác giữ nhiệm vụ này để nhận tin."),
    "vote_not_open": _("Nội dung này không được mở để biểu quyết."),
    "too_many_motions": _("Phòng họp có nhiều nhất %(limit)s nội dung biểu quyết đang soạn. Xin mở biểu quyết hoặc rút bớt."),
    "voted_already": _("Phiếu này đã được ghi nhận và không thay đổi được."),
    "bad_due": _("Thời hạn hoàn thành phải là hôm nay hoặc sau hôm nay."),
    "meeting_over": _("Cuộc họp đã kết thúc. Xin sửa câu chữ ngay trong biên bản."),
    "record_broken": _("Nhật ký cuộc họp không còn nguyên vẹn, nên không lập được văn bản từ nhật ký này."),
    "too_many_conclusions": _("Nhiều nhất là %(limit)s kết luận."),
    # accounts
    "bad_email": _("Địa chỉ thư điện tử chưa đúng. Ví dụ: ten@vi-du.vn."),
    "bad_role": _("Vai trò này không có ở đây."),
    "bad_slug": _("Tên trong địa chỉ chỉ gồm chữ thường không dấu, chữ số và dấu nối, từ 2 đến 60 ký tự."),
    "code_over": _("Mã đã hết hiệu lực hoặc đã nhập sai quá số lần cho phép. Xin yêu cầu mã mới."),
    "conflicting_roles": _("Người quản trị không giữ vai trò nào khác. Xin dùng địa chỉ thư điện tử khác cho vai trò này."),
    "own_role": _("Không ai tự cấp hoặc tự bỏ vai trò của mình. Xin nhờ một người quản trị khác."),
    "holds_a_role": _("Ông/bà đang giữ vai trò trong một cơ quan. Xin nhờ người quản trị bỏ vai trò đó trước khi xóa tài khoản."),
    "on_a_roll": _("Ông/bà đang có tên trong thành phần của phòng họp “%(room)s”. Xin nhờ người chủ trì bỏ tên trước khi xóa tài khoản."),
    "erased_lately": _(
        "Tài khoản của địa chỉ này đã được xóa. Câu trả lời đã gửi trong đợt đang lấy ý kiến vẫn được tính, "
        "nên để không ai được tính hai lần, địa chỉ này dùng lại được sau ngày %(until)s."
    ),
    "slug_taken": _("Tên này đã có cơ quan khác dùng trong địa chỉ."),
    "wrong_code": _("Mã chưa đúng. Mã gồm 8 chữ số trong thư vừa gửi."),
}
"""Sentences by code, and by ``code:variant`` where one detail of the refusal changes what is to be said."""

OTHERWISE = _("Chưa làm được việc này. Xin tải lại trang rồi thử lại; nếu vẫn không được, xin báo người quản trị hệ thống.")
"""What is said when nothing better is known. Pages say it too, of an answer without words."""

VARIES_BY: Mapping[str, str] = {
    "already": "state",
    "bad_document": "reason",
    "bad_email": "field",
    "empty": "field",
    "phone_unknown": "by",
    "time_used": "of",
    "wrong_phase": "phase",
}
"""The detail that chooses the variant."""


def status_of(refused: Refused) -> int:
    """The HTTP status of a refusal."""
    return STATUS.get(refused.code, 422)


def sentence(refused: Refused, lang: str) -> str:
    """Why it was refused, for the reader. A code without a sentence, or one that lacks a detail, is a bug: it is logged, and the reader is
    told what to do."""
    code, detail = refused.code, refused.detail
    variant = detail.get(VARIES_BY.get(code, ""))
    wait_s = detail.get("retry_after_s")
    if code == "rate_limited" and isinstance(wait_s, int | float):
        minutes = wait_s > 60
        variant = "minutes" if minutes else "seconds"
        detail = {"wait": max(2, math.ceil(wait_s / 60 if minutes else wait_s))}
    try:
        return translate(lang, SENTENCES.get(f"{code}:{variant}") or SENTENCES[code], **detail)
    except KeyError:
        _log.exception("a refusal without its sentence", extra={"facts": {"code": code}})
        return translate(lang, OTHERWISE)
