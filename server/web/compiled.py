"""Compiled templates are kept from one process to the next, where and when Python keeps compiled modules.

Compiling takes most of what the first showing of a page costs: some hundredths of a second a template, in each language and process.
"""

import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(FileSystemBytecodeCache):
    """What is kept for one ``kind`` of environment. A template is compiled again when it, Jinja2, or ``maker`` (the module that says
    how templates are compiled) is another. What cannot be read is not there, and what cannot be written is not kept.
    """

    def __init__(self, folder: Path, kind: str, maker: Path) -> None:
        super().__init__(str(folder), f"%s-{kind}.cache")
        self._maker = sha256(jinja2.__version__.encode() + maker.read_bytes()).hexdigest()

    def get_source_checksum(self, source: str) -> str:
        return sha256((self._maker + source).encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # a damaged file fails in ever so many ways
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compiled_templates(kind: str, maker: Path) -> CompiledTemplates | None:
    """What is kept beside the compiled form of the module ``maker``. None where Python keeps no compiled modules either."""
    if sys.dont_write_bytecode:
        return None
    folder = Path(cache_from_source(str(maker))).with_name("templates")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return CompiledTemplates(folder, kind, maker)
