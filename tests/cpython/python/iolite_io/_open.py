import os
import warnings

from . import _iolite
from ._buffered import BufferedRandom, BufferedReader, BufferedWriter
from ._common import text_encoding
from ._raw import FileIO
from ._text import TextIOWrapper


def _check(mode, encoding, errors, newline):
    """The arguments as they are checked before anything is opened."""
    if not set(mode) <= set("axrwb+t") or len(mode) > len(set(mode)):
        raise ValueError(f"invalid mode: {mode!r}")
    if "t" in mode and "b" in mode:
        raise ValueError("can't have text and binary mode at once")
    if sum(c in "xrwa" for c in mode) != 1:
        raise ValueError("must have exactly one of create/read/write/append mode")
    if "b" in mode:
        for name, value in ("encoding", encoding), ("errors", errors), ("newline", newline):
            if value is not None:
                raise ValueError(f"binary mode doesn't take an {name} argument")


def _over(raw, mode, buffering):
    size = buffering if buffering > 1 else max(raw._blksize, _iolite.DEFAULT_BUFFER_SIZE)
    if "+" in mode:
        return BufferedRandom(raw, size)
    return BufferedReader(raw, size) if "r" in mode else BufferedWriter(raw, size)


# Static, so that a class can have it as an attribute.
@staticmethod
def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True,
         opener=None):
    if not isinstance(file, int):
        file = os.fspath(file)
    for name, value, kinds in (
        ("mode", mode, str),
        ("buffering", buffering, int),
        ("encoding", encoding, (str, type(None))),
        ("errors", errors, (str, type(None))),
    ):
        if not isinstance(value, kinds):
            raise TypeError(f"invalid {name}: {value!r}")
    _check(mode, encoding, errors, newline)
    binary = "b" in mode
    if binary and buffering == 1:
        warnings.warn(
            "line buffering (buffering=1) isn't supported in binary mode, "
            "the default buffer size will be used", RuntimeWarning, 2)
    if buffering == 0 and not binary:
        raise ValueError("can't have unbuffered text I/O")
    if not binary:
        encoding = text_encoding(encoding)
        TextIOWrapper._check(encoding, errors, newline)
    result = raw = FileIO(file, mode.replace("t", "").replace("b", ""), closefd, opener)
    try:
        if buffering == 0:
            return raw
        by_line = buffering == 1 or buffering < 0 and raw.isatty()
        result = _over(raw, mode, buffering)
        if not binary:
            result = TextIOWrapper(result, encoding, errors, newline, by_line)
            result.mode = mode
        return result
    except BaseException:
        result.close()
        raise


open.__module__ = "iolite_io"
