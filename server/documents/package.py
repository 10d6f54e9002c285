"""Zip archives, such as those in which office programs keep their files (Open Packaging, ECMA-376 part 2), unpacked part by part within a
budget."""

import io
import lzma
import struct
import zipfile
import zlib

from lxml import etree

from server.documents.limits import LARGEST_PART_BYTES, bad_document

_MOST_PARTS = 5_000

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, RuntimeError, EOFError, KeyError, ValueError, OverflowError, OSError,
)  # fmt: skip
"""What ``zipfile`` raises for damaged archives: it has no one exception for them, and lets through those of what it is made of, such as
``struct``, ``zlib``, ``lzma``, decoding names (a kind of ValueError), seeking, and methods of packing that it doesn't know (a kind of
RuntimeError)."""


def open_package(data: bytes) -> zipfile.ZipFile:
    """Open the archive after a look at the size of its directory, which the library would otherwise read whatever it is."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    if not data.startswith(b"PK") or end < 0 or len(data) < end + 22:
        raise bad_document("not_a_document")
    parts, directory_bytes = struct.unpack_from("<HI", data, end + 10)
    if parts > _MOST_PARTS or directory_bytes > _MOST_PARTS * 200:
        raise bad_document("bomb")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        raise bad_document("not_a_document") from None


def part_of(package: zipfile.ZipFile, name: str, largest_bytes: int = LARGEST_PART_BYTES) -> bytes:
    """One part, unpacked within the budget whatever its declared size."""
    try:
        if package.getinfo(name).flag_bits & 1:
            raise bad_document("password_protected")
        with package.open(name) as part:
            data = part.read(largest_bytes + 1)
    except _DAMAGE:
        raise bad_document("not_a_document") from None
    if len(data) > largest_bytes:
        raise bad_document("bomb", limit_bytes=largest_bytes)
    return data


def xml_of(data: bytes) -> etree._Element:
    """The elements of a part; a part that declares entities or wants something fetched is refused."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        deep = any("depth" in entry.message.lower() for entry in parser.error_log)
        raise bad_document("too_deep" if deep else "not_a_document") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise bad_document("bomb")  # no office program declares entities
    return root
