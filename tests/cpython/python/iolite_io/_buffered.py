from io import BufferedIOBase
from operator import index

from . import _iolite
from ._common import limit, no_pickle, position, refuse


def _capacity(buffer_size):
    if buffer_size <= 0:
        raise ValueError("invalid buffer size")
    return buffer_size


def _count(n):
    """How many bytes read() is asked for; None means all."""
    n = -1 if n is None else index(n)
    if n < -1:
        raise ValueError("read length must be non-negative or -1")
    return None if n == -1 else n


class _Reading:
    """What reads."""

    _capacity = _iolite.DEFAULT_BUFFER_SIZE

    def read(self, size=-1, /):
        n = _count(size)
        return self._open().read(n)

    def read1(self, size=-1, /):
        n = index(size)
        return self._open().read1(self._capacity if n < 0 else n) or b""

    def peek(self, size=0, /):
        return self._open().peek()

    def readinto(self, buffer, /):
        return self._open().readinto(buffer)

    def readinto1(self, buffer, /):
        return self._open().readinto1(buffer)

    def readline(self, size=-1, /):
        n = limit(size)
        return self._open().readline(n)


class _Writing:
    """What writes."""

    def write(self, b, /):
        if isinstance(b, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        return self._open().write(b)


class _OneDevice(BufferedIOBase):
    """What has one device below it, and its attributes."""

    _raw = None
    _stream = None

    def _start(self, raw, make, buffer_size):
        self._stream = self._raw = None
        self._capacity = _capacity(buffer_size)
        self._stream = make(raw, self._capacity)
        self._raw = raw

    def _open(self):
        if self._stream is None:
            raise ValueError("uninitialized: I/O operation on stream")
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._stream

    def _device(self):
        if self._stream is None:
            raise ValueError("uninitialized: I/O operation on stream")
        if self._raw is None:
            raise ValueError("raw stream has been detached")
        return self._raw

    @property
    def raw(self):
        return self._raw

    @property
    def closed(self):
        return self._device().closed

    @property
    def name(self):
        return self._device().name

    @property
    def mode(self):
        return self._device().mode

    def close(self):
        if not self.closed:
            try:
                self.flush()
            finally:
                self._stream.close()

    def detach(self):
        raw = self._device()
        self.flush()
        self._stream.detach()
        self._raw = None
        return raw

    def flush(self):
        self._open().flush()

    def readable(self):
        return False

    def writable(self):
        return False

    def seekable(self):
        return self._device().seekable()

    def fileno(self):
        return self._device().fileno()

    def isatty(self):
        return self._device().isatty()

    def seek(self, target, whence=0, /):
        target = index(target)
        if whence not in (0, 1, 2):
            raise ValueError(f"whence value {whence} unsupported")
        return self._open().seek(target, whence)

    def tell(self):
        return self._open().tell()

    def truncate(self, pos=None, /):
        return self._open().truncate(position(pos))

    def _dealloc_warn(self, source):
        getattr(self._raw, "_dealloc_warn", lambda source: None)(source)

    def __repr__(self):
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        try:
            return f"<{name} name={self.name!r}>"
        except (AttributeError, ValueError):
            return f"<{name}>"

    __getstate__ = no_pickle

    def __reduce_ex__(self, protocol):
        no_pickle(self)


class BufferedReader(_Reading, _OneDevice):
    __module__ = "iolite_io"

    def __init__(self, raw, buffer_size=_iolite.DEFAULT_BUFFER_SIZE):
        if not raw.readable():
            refuse("File or stream is not readable.")
        self._start(raw, _iolite.Buffered.reader, buffer_size)

    def readable(self):
        return self._device().readable()


class BufferedWriter(_Writing, _OneDevice):
    __module__ = "iolite_io"

    def __init__(self, raw, buffer_size=_iolite.DEFAULT_BUFFER_SIZE):
        if not raw.writable():
            refuse("File or stream is not writable.")
        self._start(raw, _iolite.Buffered.writer, buffer_size)

    def writable(self):
        return self._device().writable()


class BufferedRandom(_Reading, _Writing, _OneDevice):
    __module__ = "iolite_io"

    def __init__(self, raw, buffer_size=_iolite.DEFAULT_BUFFER_SIZE):
        if not raw.seekable():
            refuse("File or stream is not seekable.")
        if not raw.readable():
            refuse("File or stream is not readable.")
        if not raw.writable():
            refuse("File or stream is not writable.")
        self._start(raw, _iolite.Buffered.random, buffer_size)

    def readable(self):
        return self._device().readable()

    def writable(self):
        return self._device().writable()


class BufferedRWPair(_Reading, _Writing, BufferedIOBase):
    __module__ = "iolite_io"

    _stream = None

    def __init__(self, reader, writer, buffer_size=_iolite.DEFAULT_BUFFER_SIZE, /):
        if not reader.readable():
            refuse("File or stream is not readable.")
        if not writer.writable():
            refuse("File or stream is not writable.")
        self._capacity = _capacity(buffer_size)
        self._stream = _iolite.Buffered.pair(reader, writer, self._capacity)
        self._reader, self._writer = reader, writer

    def _open(self):
        if self._stream is None:
            raise ValueError("uninitialized: I/O operation on stream")
        return self._stream

    @property
    def closed(self):
        self._open()
        return self._writer.closed

    def readable(self):
        self._open()
        return self._reader.readable()

    def writable(self):
        self._open()
        return self._writer.writable()

    def isatty(self):
        self._open()
        return self._reader.isatty() or self._writer.isatty()

    def flush(self):
        self._open().flush()

    def close(self):
        self._open().close()
