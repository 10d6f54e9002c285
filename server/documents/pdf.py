"""PDF files as they are uploaded: whether one can be shown to a meeting, how many pages it has, and the words of each."""

import ctypes

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_raw  # type: ignore[import-untyped]

from server.documents.limits import bad_document

MOST_PAGES = 5_000
LONGEST_PAGE = 50_000
"""Characters of one page that are searched."""
LONGEST_TEXT = 10_000_000
"""Characters of a whole file that are searched, some 4,000 dense pages; a small file may claim any number. Pages behind have no words."""


def read_pdf(data: bytes) -> list[str]:
    """The words of each page, empty for a picture. Takes seconds for hundreds of pages: run it apart.

    Raises:
        Refused: ``bad_document`` with ``reason``: ``not_a_document``, ``password_protected``, ``too_many_pages`` (with ``limit``).
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        raise bad_document("password_protected" if _last_error() == pdfium_raw.FPDF_ERR_PASSWORD else "not_a_document") from None
    try:
        if len(document) > MOST_PAGES:
            raise bad_document("too_many_pages", limit=MOST_PAGES)
        if len(document) == 0:
            raise bad_document("empty")
        pages: list[str] = []
        left = LONGEST_TEXT
        for number in range(len(document)):
            pages.append(_words(document, number)[:left] if left else "")
            left -= len(pages[-1])
        return pages
    finally:
        document.close()


def _last_error() -> int:
    return int(pdfium_raw.FPDF_GetLastError())


def _words(document: pdfium.PdfDocument, number: int) -> str:
    """One that is damaged is shown as far as it goes, and has no words."""
    try:
        page = document[number]
        text = page.get_textpage()
        try:
            words = text.get_text_range()
        finally:
            text.close()
            page.close()
    except (pdfium.PdfiumError, ctypes.ArgumentError):
        return ""
    return "\n".join(line.strip() for line in words.replace("\0", "").replace("\ufffe", "").splitlines() if line.strip())[:LONGEST_PAGE]
