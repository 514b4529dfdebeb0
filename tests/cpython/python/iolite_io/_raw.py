import os
import warnings
from io import RawIOBase
from operator import index

from . import _iolite
from ._common import no_pickle, position, refuse, size

def _canonical(mode):
    """The mode in the order that is read back."""
    if not isinstance(mode, str):
        raise TypeError(f"invalid mode: {mode!r}")
    if not set(mode) <= set("rwaxb+"):
        raise ValueError(f"invalid mode: {mode}")
    if sum(c in "rwax" for c in mode) != 1 or mode.count("+") > 1:
        raise ValueError(
            "Must have exactly one of create/read/write/append mode and at most one plus"
        )
    kind = next(c for c in mode if c in "rwax")
    return kind + "b" + ("+" if "+" in mode else "")


class FileIO(RawIOBase):
    __module__ = "iolite_io"

    _stream = None
    _closed = True
    _owned = False

    def __init__(self, file, mode="r", closefd=True, opener=None):
        if self._stream is not None:
            self._let_go()
        if isinstance(file, float):
            raise TypeError("integer argument expected, got float")
        canonical = _canonical(mode)
        given = isinstance(file, int)
        if given:
            if isinstance(file, bool):
                warnings.warn("bool is used as a file descriptor", RuntimeWarning, stacklevel=2)
                file = int(file)
            if file < 0:
                raise ValueError("negative file descriptor")
            if file > 0x7FFFFFFF:
                raise OverflowError("Python int too large to convert to C int")
            self._stream = _iolite.File.from_fd(file, canonical)
        else:
            path = os.fsdecode(file)
            if not closefd:
                raise ValueError("Cannot use closefd=False with file name")
            if "\0" in path:
                raise ValueError("embedded null byte")
            self._stream = self._opened(file, path, canonical, opener)
        self._owned = closefd
        self._closed = False
        self._mode = canonical
        self._blksize = self._stream.block_size() or _iolite.DEFAULT_BUFFER_SIZE
        try:
            self.name = file
        except BaseException:
            # A descriptor that was given is still the giver's.
            self._owned = not given
            self.close()
            raise

    @staticmethod
    def _opened(file, path, mode, opener):
        if opener is None:
            return _iolite.File.open(path, mode)
        fd = opener(file, _iolite.File.open_flags(mode))
        if not isinstance(fd, int):
            raise TypeError("expected integer from opener")
        if fd < 0:
            raise ValueError(f"opener returned {fd}")
        os.set_inheritable(fd, False)
        try:
            return _iolite.File.from_fd(fd, mode)
        except BaseException:
            os.close(fd)
            raise

    def _let_go(self):
        if self._owned:
            self._stream.close()
        else:
            self._stream.release()

    def _open(self):
        if self._closed:
            if self._stream is None:
                raise ValueError("uninitialized: I/O operation on closed file")
            raise ValueError("I/O operation on closed file")
        return self._stream

    def _for(self, ability, words):
        stream = self._open()
        if not ability:
            refuse(f"File not open for {words}")
        return stream

    def _for_reading(self):
        return self._for(self._closed or self._mode[0] == "r" or "+" in self._mode, "reading")

    def _for_writing(self):
        return self._for(self._closed or self._mode[0] != "r" or "+" in self._mode, "writing")

    @property
    def closed(self):
        return self._closed

    @property
    def closefd(self):
        return self._owned

    @property
    def mode(self):
        # What "w+" created is open for the same as what "r+" opened.
        return "rb+" if self._mode == "wb+" else self._mode

    @property
    def _appends(self):
        return not self._closed and self._stream.is_append_only()

    def close(self):
        if self._closed:
            return
        try:
            super().close()
        finally:
            self._closed = True
            self._let_go()

    def __del__(self):
        if not self._closed and self._owned:
            warnings.warn(f"unclosed file {self!r}", ResourceWarning, stacklevel=2, source=self)
        super().__del__()

    def _dealloc_warn(self, source):
        if not self._closed and self._owned:
            warnings.warn(f"unclosed file {source!r}", ResourceWarning, stacklevel=2, source=source)

    def readable(self):
        self._open()
        return self._mode[0] == "r" or "+" in self._mode

    def writable(self):
        self._open()
        return self._mode[0] != "r" or "+" in self._mode

    def seekable(self):
        return self._open().seekable()

    def fileno(self):
        return self._open().fileno()

    def isatty(self):
        return self._open().isatty()

    def read(self, size_=-1, /):
        stream, n = self._for_reading(), size(size_)
        return self.readall() if n is None else stream.read(n)

    def readall(self):
        self._for_reading()
        return super().readall()

    def readinto(self, buffer, /):
        return self._for_reading().readinto(buffer)

    def write(self, b, /):
        return self._for_writing().write(b)

    def seek(self, pos, whence=0, /):
        return self._open().seek(index(pos), whence)

    def tell(self):
        return self._open().tell()

    def truncate(self, size_=None, /):
        return self._for_writing().truncate(position(size_))

    def __repr__(self):
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        if self._closed:
            return f"<{name} [closed]>"
        try:
            what = f"name={self.name!r}"
        except AttributeError:
            what = f"fd={self._stream.fileno()}"
        return f"<{name} {what} mode={self.mode!r} closefd={self._owned!r}>"

    __getstate__ = no_pickle

    def __reduce_ex__(self, protocol):
        no_pickle(self)
