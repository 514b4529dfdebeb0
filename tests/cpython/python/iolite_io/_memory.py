from io import BufferedIOBase
from operator import index

from . import _iolite
from ._common import limit, position, size


class BytesIO(BufferedIOBase):
    __module__ = "iolite_io"

    _stream = None

    def __init__(self, initial_bytes=b""):
        self._stream = _iolite.Memory(b"" if initial_bytes is None else initial_bytes)

    @property
    def closed(self):
        return self._stream is not None and self._stream.is_closed()

    def _open(self):
        if self._stream.is_closed():
            raise ValueError("I/O operation on closed file.")
        return self._stream

    def readable(self):
        return bool(self._open())

    def writable(self):
        return bool(self._open())

    def seekable(self):
        return bool(self._open())

    def isatty(self):
        return not self._open()

    def flush(self):
        self._open()

    def close(self):
        if not self.closed:
            self._stream.close()

    def getvalue(self):
        return self._open().getvalue()

    def getbuffer(self):
        return memoryview(self._open())

    def read(self, size_=-1, /):
        return self._open().read(size(size_))

    def read1(self, size_=-1, /):
        return self._open().read(size(size_))

    def readinto(self, buffer, /):
        return self._open().readinto(buffer)

    readinto1 = readinto

    def readline(self, size_=-1, /):
        return self._open().readline(limit(size_))

    def readlines(self, hint=None, /):
        hint = size(hint)
        lines, total = [], 0
        while line := self._open().readline(-1):
            lines.append(line)
            total += len(line)
            if hint and total >= hint:
                break
        return lines

    def write(self, b, /):
        if isinstance(b, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        return self._open().write(b)

    def seek(self, pos, whence=0, /):
        pos, stream = index(pos), self._open()
        if whence == 0 and pos < 0:
            raise ValueError(f"negative seek value {pos}")
        return stream.seek(pos, whence)

    def tell(self):
        return self._open().tell()

    def truncate(self, size_=None, /):
        size_, stream = position(size_), self._open()
        if size_ is not None and size_ < 0:
            raise ValueError(f"negative truncate position {size_}")
        return stream.truncate(size_)

    def __getstate__(self):
        attributes = self.__dict__.copy()
        attributes.pop("_stream", None)
        return (self.getvalue(), self.tell(), attributes)

    def __setstate__(self, state):
        value, pos, attributes = state
        BytesIO.__init__(self, value)
        self.seek(pos)
        self.__dict__.update(attributes)
