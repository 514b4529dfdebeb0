from io import TextIOBase


class TextIOWrapper(TextIOBase):
    __module__ = "iolite_io"
    _CHUNK_SIZE = 8192

    @staticmethod
    def _check(encoding, errors, newline):
        raise NotImplementedError

    def __init__(self, *args, **kwargs):
        raise NotImplementedError


class StringIO(TextIOBase):
    __module__ = "iolite_io"

    def __init__(self, *args, **kwargs):
        raise NotImplementedError


class IncrementalNewlineDecoder:
    __module__ = "iolite_io"

    def __init__(self, *args, **kwargs):
        raise NotImplementedError
