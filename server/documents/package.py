"""The zip archives in which office programs keep their files (Open Packaging, ECMA-376 part 2), unpacked part by part within a budget."""

import io
import struct
import zipfile
import zlib

from lxml import etree

from server.documents.limits import LARGEST_PART_BYTES, bad_document

_MOST_PARTS = 5_000


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
    except (zipfile.BadZipFile, ValueError, OverflowError, struct.error, NotImplementedError, UnicodeDecodeError):
        raise bad_document("not_a_document") from None


def part_of(package: zipfile.ZipFile, name: str) -> bytes:
    """One part, unpacked within the budget whatever its declared size."""
    try:
        if package.getinfo(name).flag_bits & 1:
            raise bad_document("password_protected")
        with package.open(name) as part:
            data = part.read(LARGEST_PART_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, OSError, struct.error):
        raise bad_document("not_a_document") from None
    if len(data) > LARGEST_PART_BYTES:
        raise bad_document("bomb", limit_bytes=LARGEST_PART_BYTES)
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
