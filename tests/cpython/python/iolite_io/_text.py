import codecs
import locale
from io import TextIOBase
from operator import index

from . import _iolite
from ._common import no_pickle, refuse, size, text_encoding


def _newline(newline):
    if newline is not None and not isinstance(newline, str):
        raise TypeError(f"illegal newline type: {type(newline).__name__}")
    if newline not in (None, "", "\n", "\r", "\r\n"):
        raise ValueError(f"illegal newline value: {newline}")
    return newline


def _name(kind, value):
    if not isinstance(value, str):
        raise TypeError(f"{kind} must be str or None, not {type(value).__name__}")
    return value


def _flag(value):
    """What CPython takes for a bool here: a number that fits an int of C."""
    value = index(value)
    if not -2**31 <= value < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    return bool(value)


def _locale(encoding):
    return locale.getencoding() if encoding == "locale" else encoding


def _seen(newlines):
    """None, one, or a tuple."""
    return None if not newlines else newlines[0] if len(newlines) == 1 else tuple(newlines)


class IncrementalNewlineDecoder(codecs.IncrementalDecoder):
    __module__ = "iolite_io"

    def __init__(self, decoder, translate, errors="strict"):
        super().__init__(errors)
        self.decoder = decoder
        self._newlines = _iolite.Newlines(None if translate else "")

    def decode(self, input, final=False):
        if self.decoder is not None:
            input = self.decoder.decode(input, final=final)
        return self._newlines.decode(input, bool(final))

    def getstate(self):
        buffer, flag = (b"", 0) if self.decoder is None else self.decoder.getstate()
        return buffer, flag << 1 | self._newlines.state()

    def setstate(self, state):
        buffer, flag = state
        self._newlines.set_state(bool(flag & 1))
        if self.decoder is not None:
            self.decoder.setstate((buffer, flag >> 1))

    def reset(self):
        self._newlines.reset()
        if self.decoder is not None:
            self.decoder.reset()

    @property
    def newlines(self):
        return _seen(self._newlines.newlines())


class TextIOWrapper(TextIOBase):
    __module__ = "iolite_io"

    _stream = None
    _buffer = None
    _chunk_size = 8192

    def __init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False,
                 write_through=False):
        self._stream = self._buffer = None
        _newline(newline)
        encoding, errors = self._names(text_encoding(encoding), errors)
        self._check(encoding, errors, newline)
        self._stream = _iolite.Text(
            buffer, encoding, errors, newline, bool(line_buffering), self._chunk_size)
        self._buffer = buffer
        self._encoding, self._errors, self._newline = encoding, errors, newline
        self._line_buffering, self._write_through = bool(line_buffering), bool(write_through)

    @staticmethod
    def _names(encoding, errors):
        encoding = _locale(_name("encoding", encoding))
        errors = "strict" if errors is None else _name("errors", errors)
        if "\0" in encoding + errors:
            raise ValueError("embedded null character")
        return encoding, errors

    @staticmethod
    def _check(encoding, errors, newline):
        """What can be said of the arguments before a file is opened."""
        encoding, errors = TextIOWrapper._names(encoding, errors)
        if not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError(f"{encoding!r} is not a text encoding; use codecs.open() to handle "
                              "arbitrary codecs")
        _iolite.Text.check(encoding, errors, _newline(newline))

    def _attached(self):
        if self._buffer is None:
            if self._stream is None:
                raise ValueError("uninitialized: I/O operation on stream")
            raise ValueError("underlying buffer has been detached")
        return self._buffer

    def _open(self):
        if self._attached().closed:
            raise ValueError("I/O operation on closed file.")
        return self._stream

    @property
    def _CHUNK_SIZE(self):
        self._attached()
        return self._chunk_size

    @_CHUNK_SIZE.setter
    def _CHUNK_SIZE(self, n):
        self._attached()
        n = index(n)
        if n <= 0:
            raise ValueError("a strictly positive integer is required")
        self._chunk_size = n
        self._stream.set_chunk_size(n)

    @property
    def buffer(self):
        return self._buffer

    @property
    def encoding(self):
        return self._encoding

    @property
    def errors(self):
        return self._errors

    @property
    def line_buffering(self):
        return self._line_buffering

    @property
    def write_through(self):
        return self._write_through

    @property
    def newlines(self):
        self._attached()
        return _seen(self._stream.newlines())

    @property
    def closed(self):
        return self._attached().closed

    @property
    def name(self):
        return self._attached().name

    def readable(self):
        return self._attached().readable()

    def writable(self):
        return self._attached().writable()

    def seekable(self):
        return self._attached().seekable()

    def fileno(self):
        return self._attached().fileno()

    def isatty(self):
        return self._attached().isatty()

    def flush(self):
        self._open().flush()

    def close(self):
        if self._attached().closed:
            return
        try:
            self.flush()
        finally:
            self._stream.close()

    def detach(self):
        buffer = self._attached()
        self.flush()
        self._stream.detach()
        self._buffer = None
        return buffer

    def reconfigure(self, *, encoding=None, errors=None, newline=(), line_buffering=None,
                    write_through=None):
        stream = self._open()
        if newline != ():
            _newline(newline)
        if encoding is not None:
            errors = "strict" if errors is None else errors
            encoding = _locale(_name("encoding", encoding))
        if errors is not None:
            _name("errors", errors)
        if line_buffering is not None:
            line_buffering = _flag(line_buffering)
        if write_through is not None:
            write_through = _flag(write_through)
        stream.reconfigure(encoding, errors, () if newline == () else (newline,), line_buffering)
        self._encoding = self._encoding if encoding is None else encoding
        self._errors = self._errors if errors is None else errors
        if line_buffering is not None:
            self._line_buffering = line_buffering
        if write_through is not None:
            self._write_through = write_through

    def read(self, size_=-1, /):
        n = size(size_)
        return self._open().read(n)

    def readline(self, size_=-1, /):
        n = size(size_)
        return self._open().readline(n)

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def write(self, s, /):
        if not isinstance(s, str):
            raise TypeError(f"write() argument must be str, not {type(s).__name__}")
        self._open().write(s)
        return len(s)

    def tell(self):
        offset, state, skip = self._open().tell()
        return offset | state << 64 | skip << 128

    def seek(self, cookie, whence=0, /):
        cookie, stream = index(cookie), self._open()
        if whence in (1, 2) and cookie:
            refuse(f"can't do nonzero {'cur' if whence == 1 else 'end'}-relative seeks")
        if whence == 1:
            cookie = self.tell()
        if whence == 2:
            stream.seek_end()
            return self.tell()
        if whence not in (0, 1):
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        if cookie < 0:
            raise ValueError(f"negative seek position {cookie}")
        low = (1 << 64) - 1
        stream.seek(cookie & low, cookie >> 64 & low, cookie >> 128)
        return cookie

    def truncate(self, pos=None, /):
        return self._open().truncate(None if pos is None else index(pos))

    def __repr__(self):
        text = f"<{type(self).__module__}.{type(self).__qualname__}"
        for attribute in "name", "mode":
            try:
                text += f" {attribute}={getattr(self, attribute)!r}"
            except (AttributeError, ValueError):
                pass
        return f"{text} encoding={self.encoding!r}>"

    __getstate__ = no_pickle

    def __reduce_ex__(self, protocol):
        no_pickle(self)


class StringIO(TextIOBase):
    __module__ = "iolite_io"

    _stream = None

    def __init__(self, initial_value="", newline="\n"):
        _newline(newline)
        if initial_value is None:
            initial_value = ""
        if not isinstance(initial_value, str):
            raise TypeError(
                f"initial_value must be str or None, not {type(initial_value).__name__}")
        self._newline = newline
        self._stream = _iolite.Str(initial_value, newline)

    encoding = errors = None
    line_buffering = False

    @property
    def closed(self):
        return self._stream is not None and self._stream.is_closed()

    def _open(self):
        if self._stream.is_closed():
            raise ValueError("I/O operation on closed file")
        return self._stream

    @property
    def newlines(self):
        return _seen(self._open().newlines())

    def readable(self):
        return bool(self._open())

    def writable(self):
        return bool(self._open())

    def seekable(self):
        return bool(self._open())

    def isatty(self):
        return not self._open()

    def close(self):
        if self._stream is not None:
            self._stream.close()

    def getvalue(self):
        return self._open().getvalue()

    def read(self, size_=-1, /):
        n = size(size_)
        return self._open().read(n)

    def readline(self, size_=-1, /):
        n = size(size_)
        return self._open().readline(n)

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def write(self, s, /):
        if not isinstance(s, str):
            raise TypeError(f"string argument expected, got {type(s).__name__!r}")
        self._open().write(s)
        return len(s)

    def tell(self):
        return self._open().tell()

    def seek(self, pos, whence=0, /):
        pos, stream = index(pos), self._open()
        if whence not in (0, 1, 2):
            raise ValueError(f"Invalid whence ({whence}, should be 0, 1 or 2)")
        if whence and pos:
            raise OSError("Can't do nonzero cur-relative seeks")
        if whence == 2:
            return stream.seek_end()
        if whence == 1:
            return stream.tell()
        if pos < 0:
            raise ValueError(f"Negative seek position {pos}")
        stream.seek(pos)
        return pos

    def truncate(self, pos=None, /):
        stream = self._open()
        pos = None if pos is None else index(pos)
        if pos is not None and pos < 0:
            raise ValueError(f"Negative size value {pos}")
        return stream.truncate(pos)

    def __getstate__(self):
        attributes = self.__dict__.copy()
        del attributes["_stream"], attributes["_newline"]
        return (self.getvalue(), self._newline, self.tell(), attributes)

    def __setstate__(self, state):
        value, newline, pos, attributes = state
        # What is stored is translated already, and would be so again.
        StringIO.__init__(self, value.replace(newline, "\n") if newline else value, newline)
        self.seek(pos)
        self.__dict__.update(attributes)
