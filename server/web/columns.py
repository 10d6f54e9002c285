"""The data dictionary of the export: every column of every table, in both languages."""

from server.documents.export import Column

CONTRIBUTIONS = (
    Column("id", "number", "số của ý kiến", "number of the contribution"),
    Column("parent", "number", "số của ý kiến được trả lời; trống nếu không trả lời ý kiến nào", "what it answers; empty if nothing"),
    Column("at", "moment", "thời điểm gửi", "when it was sent"),
    Column("edited_at", "moment", "lần sửa gần nhất", "when it was last edited"),
    Column("kind", "text", "loại chủ thể góp ý", "kind of contributor"),
    Column("verified", "boolean", "danh tính đã được xác thực hay chưa", "whether the identity was verified"),
    Column("channel", "text", "cách gửi: trực tuyến, nhập hộ, nhập từ tệp", "online, assisted or imported"),
    Column("source", "text", "nơi nhận và văn bản, của ý kiến nhập hộ hoặc nhập từ tệp", "office and paper, if an officer entered it"),
    Column("organisation", "text", "tên cơ quan, tổ chức, doanh nghiệp; cá nhân để trống", "name of an organisation; empty for persons"),
    Column("version", "number", "bản dự thảo được góp ý", "version of the draft it was given on"),
    Column("clause", "text", "điều khoản được góp ý; trống là toàn văn", "clause it was given on; empty: the whole draft"),
    Column("clause_now", "text", "điều khoản ấy trong bản mới nhất", "that clause in the newest version"),
    Column("here", "text", "original, kept, moved, changed hoặc removed", "what became of the words it speaks of"),
    Column("quote", "text", "đoạn văn bản được trích", "words quoted of the draft"),
    Column("side", "text", "for: tán thành, against: không tán thành, neutral: trung lập", "side taken"),
    Column("text", "text", "nội dung ý kiến", "words of the contribution"),
    Column("suggestion", "text", "câu chữ đề nghị", "wording suggested"),
    Column("supports", "number", "số người ủng hộ (người)", "people who support it"),
    Column("outcome", "text", "kết quả: accepted, partly_accepted, not_accepted, noted", "outcome, once published"),
    Column("answer", "text", "nội dung tiếp thu, giải trình", "answer of the agency"),
    Column(
        "erased_at",
        "moment",
        "ngày nội dung bị xóa theo yêu cầu của người góp ý, tính từ 0 giờ; ý kiến vẫn được tính",
        "the day, by its beginning, on which its author had it erased",
    ),
)
TOTALS = (
    Column("question", "number", "số của câu hỏi", "number of the question"),
    Column("part", "text", "draft: dự thảo, questionnaire: phiếu hỏi, poll: thăm dò", "part of the consultation"),
    Column("kind", "text", "loại câu hỏi", "kind of question"),
    Column("version", "number", "bản dự thảo", "version of the draft"),
    Column("clause", "text", "điều được biểu quyết", "article voted on"),
    Column("text", "text", "câu hỏi hoặc phát biểu", "question or statement"),
    Column("choice", "number", "phương án; -1 là mọi người đã trả lời", "option; -1 is all who answered"),
    Column("place", "number", "thứ hạng, từ 1", "place in a ranking, from 1"),
    Column("label", "text", "lời của phương án", "words of the option"),
    Column("people", "number", "số người (mỗi người tính theo lần trả lời cuối)", "people, by their last answer"),
)
NUMBERS = (
    Column("by", "text", "cách phân tổ: all, kind, channel, verified, part, outcome", "what the table goes by"),
    Column(
        "code",
        "text",
        "tổ; của all: heard là người biểu quyết hoặc góp ý, mỗi người một lần, contributors người góp ý, voters người biểu quyết",
        "line of the table; of all: heard (who voted or contributed, each once), contributors, voters, replies",
    ),
    Column("people", "number", "số người; trống nếu dưới 5 hoặc để không suy ra được số dưới 5", "people; empty where withheld"),
    Column("contributions", "number", "số ý kiến; ở dòng replies: trả lời trong các ý kiến", "contributions; in line replies: replies"),
    Column("answers", "number", "số câu trả lời cho câu hỏi và biểu quyết", "answers to questions and votes"),
)
LOG = (
    Column("number", "number", "số thứ tự trong nhật ký công khai", "number in the public log"),
    Column(
        "at", "moment", "thời điểm; của việc xóa nội dung chỉ có ngày, tính từ 0 giờ", "when; of erased words the day, by its beginning"
    ),
    Column("what", "text", "việc đã xảy ra", "what happened"),
    Column("detail", "text", "chi tiết (JSON)", "details (JSON)"),
)
