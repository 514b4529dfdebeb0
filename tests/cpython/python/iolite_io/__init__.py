"""The streams of iolite under the names and signatures of Python's io.

The classes here check arguments and have the attributes that Python's have; what a stream does is
decided in `_iolite`, that is in Rust. The abstract classes are those of io itself.
"""

from io import (
    SEEK_CUR,
    SEEK_END,
    SEEK_SET,
    BlockingIOError,
    BufferedIOBase,
    IOBase,
    RawIOBase,
    TextIOBase,
    UnsupportedOperation,
    open_code,
)

from ._iolite import DEFAULT_BUFFER_SIZE
from ._buffered import BufferedRandom, BufferedReader, BufferedRWPair, BufferedWriter
from ._common import text_encoding
from ._memory import BytesIO
from ._open import open
from ._raw import FileIO
from ._text import IncrementalNewlineDecoder, StringIO, TextIOWrapper

__all__ = [
    "BlockingIOError", "open", "open_code", "IOBase", "RawIOBase", "FileIO", "BytesIO", "StringIO",
    "BufferedIOBase", "BufferedReader", "BufferedWriter", "BufferedRWPair", "BufferedRandom",
    "TextIOBase", "TextIOWrapper", "UnsupportedOperation", "SEEK_SET", "SEEK_CUR", "SEEK_END",
    "DEFAULT_BUFFER_SIZE", "text_encoding", "IncrementalNewlineDecoder",
]


def __getattr__(name):
    # Gone since 3.12, whose suite does not ask for it.
    if name == "OpenWrapper":
        return open
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
