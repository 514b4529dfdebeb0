"""Arguments as Python's io takes them."""

import io
from io import UnsupportedOperation
from operator import index


def size(n, none=None):
    """A size for Rust: None and negative numbers mean all, which is None."""
    if n is None:
        return none
    n = index(n)
    return none if n < 0 else n


def limit(n):
    """A limit for Rust: None and negative numbers mean none, which is -1."""
    return -1 if n is None else max(-1, index(n))


def position(n):
    return None if n is None else index(n)


def refuse(operation):
    raise UnsupportedOperation(operation)


def no_pickle(stream):
    raise TypeError(f"cannot pickle {type(stream).__name__!r} object")


def text_encoding(encoding, stacklevel=2, /):
    return io.text_encoding(encoding, stacklevel + 1)


text_encoding.__module__ = "iolite_io"
