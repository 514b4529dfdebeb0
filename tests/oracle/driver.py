"""Runs programs of calls on CPython's io: one program a line in, its results a line out.

What a program is written like, and what its results are, says program.rs.
"""

import codecs
import errno
import io
import os
import re
import sys
import tempfile
from urllib.parse import quote_from_bytes, unquote_to_bytes

NEWLINES = {"universal": None, "keep": "", "lf": "\n", "cr": "\r", "crlf": "\r\n"}
PATH = os.path.join(tempfile.mkdtemp(prefix="oracle"), "file")


def show(data):
    return quote_from_bytes(data, safe="") or "*"


def data(word):
    return b"" if word == "*" else unquote_to_bytes(word)


def text(word):
    return data(word).decode("utf-8")


class Device(io.RawIOBase):
    """A device with marks; see device.rs."""

    def __init__(self, word):
        content, reads, writes, self.flags = word.split("/")
        self.content = bytearray(data(content))
        self.reads = [[int(at), kind] for at, kind in re.findall(r"(\d+)(\D)", reads)]
        self.writes = [[int(at), kind] for at, kind in re.findall(r"(\d+)(\D)", writes)]
        self.at = 0
        self.stalls = "w" in writes
        self.hinders = any(kind in reads + writes for kind in "wexn")
        self.fails = any(kind in reads + writes + self.flags for kind in "xXnNtTkKFC")

    def check_open(self):
        if self.closed:
            raise ValueError("closed")

    def readable(self):
        self.check_open()
        return "r" in self.flags

    def writable(self):
        self.check_open()
        return "w" in self.flags

    def seekable(self):
        self.check_open()
        return "s" in self.flags

    def room(self, marks, size):
        """How much a transfer from here may move; None is nothing yet."""
        for mark in marks:
            if mark[0] == self.at and mark[1] != "c":
                kind = mark[1]
                if kind not in "XN":
                    mark[1] = "c"
                if kind in "xXnN":
                    raise OSError(errno.EIO if kind in "xX" else errno.ENOSPC, "marked")
                return None if kind == "w" else 0
            if mark[0] > self.at:
                size = min(size, mark[0] - self.at)
        return size

    def fail(self, kind):
        """Fails once, or for ever if the flag is a capital."""
        if kind in self.flags or kind.upper() in self.flags:
            self.flags = self.flags.replace(kind, "")
            raise OSError(errno.EIO, "flagged")

    def flush(self):
        self.check_open()
        self.fail("f")

    def close(self):
        if not self.closed:
            try:
                super().close()
            finally:
                self.fail("c")

    def readinto(self, target):
        size = self.room(self.reads, len(target))
        if size is None:
            return None
        got = self.content[self.at : self.at + size]
        target[: len(got)] = got
        self.at += len(got)
        return len(got)

    def write(self, source):
        size = self.room(self.writes, len(source))
        if size is None:
            return None
        if size and self.at > len(self.content):
            self.content.extend(bytes(self.at - len(self.content)))
        self.content[self.at : self.at + size] = bytes(source[:size])
        self.at += size
        return size

    def seek(self, offset, whence=0):
        self.check_open()
        if "s" not in self.flags:
            raise io.UnsupportedOperation("seek")
        if (offset, whence) != (0, 1):
            self.fail("k")
        to = offset + (0, self.at, len(self.content))[whence]
        if to < 0:
            raise OSError(errno.EINVAL, "before the start")
        self.at = to
        return to

    def tell(self):
        return self.seek(0, 1)

    def truncate(self, size=None):
        self.check_open()
        if "w" not in self.flags:
            raise io.UnsupportedOperation("truncate")
        self.fail("t")
        size = self.at if size is None else size
        if size > len(self.content):
            self.content.extend(bytes(size - len(self.content)))
        del self.content[size:]
        return size


class Memory(io.BytesIO):
    """BytesIO that can be looked at when it is closed."""

    def close(self):
        if not self.closed:
            self.content = self.getvalue()
        super().close()


class Pair(io.BufferedRWPair):
    """A pair that can be asked whether its devices fail."""


def buffered(kind, cap, device):
    kinds = {"reader": io.BufferedReader, "writer": io.BufferedWriter, "random": io.BufferedRandom}
    return kinds[kind](device, int(cap) or io.DEFAULT_BUFFER_SIZE)


class Hindered(io.TextIOWrapper):
    """Text over a device that stalls or fails, each call of which is made until it is through."""

    def __init__(self, below, encoding, errors, newline, lines):
        # What CPython holds back is lost when the device does not take it (TXT-20).
        super().__init__(below, encoding, errors, newline, lines, True)
        self.ends = newline or "\n"

    def write(self, content):
        before = self.buffer.tell() if self.buffer.writable() else 0
        try:
            return super().write(content)
        except io.UnsupportedOperation:
            raise
        except OSError:
            self.push(content, before)
            return len(content)

    def push(self, content, before):
        """Writes what the buffer has not taken of a text."""
        encoded = content.replace("\n", self.ends).encode(self.encoding, self.errors)
        for _ in range(100):
            try:
                self.buffer.write(encoded[self.buffer.tell() - before :])
                return
            except OSError:
                pass

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def insist(self, name, *args):
        for _ in range(100):
            try:
                return getattr(super(), name)(*args)
            except io.UnsupportedOperation:
                raise
            except OSError as error:
                if error.errno == errno.EINVAL:
                    raise
        raise AssertionError("hindered for ever")

    def flush(self):
        return self.insist("flush")

    def truncate(self, size=None):
        return self.insist("truncate", size)

    def seek(self, *args):
        return self.insist("seek", *args)

    def close(self):
        if not self.closed and self.buffer.writable():
            self.flush()
        super().close()

    def taking(self, name, *args):
        """Goes back to where it began if the device fails, and tries again."""
        for _ in range(100):
            place = self.tell() if self.fails else None
            try:
                return getattr(super(), name)(*args)
            except io.UnsupportedOperation:
                raise
            except OSError:
                if place is None:
                    raise
                self.seek(place)
        raise AssertionError("hindered for ever")

    def read(self, size=-1):
        return self.taking("read", size)

    def readline(self, size=-1):
        return self.taking("readline", size)

    def readlines(self, hint=-1):
        # A line at a time: in iteration there is no place to go back to.
        lines = []
        for line in iter(self.readline, ""):
            lines.append(line)
            if 0 < (hint or 0) < sum(map(len, lines)):
                break
        return lines


def wrap(below, words):
    encoding, errors, newline, lines, chunk = words
    device = getattr(below, "raw", None)
    if getattr(device, "hinders", False):
        wrapper = Hindered(below, encoding, errors, NEWLINES[newline], lines == "1")
        wrapper.fails = device.fails
    else:
        wrapper = io.TextIOWrapper(below, encoding, errors, NEWLINES[newline], lines == "1")
    if chunk != "0":
        wrapper._CHUNK_SIZE = int(chunk)
    return wrapper


class Decoder:
    """An incremental decoder, and what it has of newlines."""

    def __init__(self, encoding, errors, newline):
        self.inner = codecs.getincrementaldecoder(encoding)(errors)
        if newline in ("universal", "keep"):
            self.inner = io.IncrementalNewlineDecoder(self.inner, newline == "universal")

    def feed(self, piece, last):
        return self.inner.decode(piece, last)

    def pending(self):
        return self.inner.getstate()[0]

    @property
    def newlines(self):
        return getattr(self.inner, "newlines", None)


class Copy:
    """Text that is read and written again, with the bytes that are none."""

    def __init__(self, encoding, device):
        below = io.BufferedReader(Device(device), 7)
        self.source = io.TextIOWrapper(below, encoding, "surrogateescape", "")
        self.memory = Memory()
        self.target = io.TextIOWrapper(self.memory, encoding, "surrogateescape", "")

    def copy(self, text):
        self.target.write(text)
        self.target.flush()
        return len(text)

    def close(self):
        """Copies what is left."""
        return self.copy(self.source.read())


def put(content):
    """Makes the file that a program opens, or makes it not be there."""
    if os.path.exists(PATH):
        os.remove(PATH)
    if content != "!":
        with open(PATH, "wb") as file:
            file.write(data(content))


def make(words):
    """The stream, and what has its bytes in the end."""
    kind, rest = words[0], words[1:]
    if kind == "bytesio":
        stream = Memory(data(rest[0]))
        return stream, [stream]
    if kind == "stringio":
        return io.StringIO(text(rest[1]), NEWLINES[rest[0]]), []
    if kind in ("reader", "writer", "random"):
        device = Device(rest[1])
        return buffered(kind, rest[0], device), [device]
    if kind == "pair":
        one, other = Device(rest[1]), Device(rest[2])
        pair = Pair(one, other, int(rest[0]) or 8192)
        pair.fails = one.fails or other.fails
        return pair, [other]
    if kind == "text":
        if rest[0] == "bytesio":
            below = end = Memory(data(rest[-1].split("/")[0]))
        else:
            end = Device(rest[-1])
            below = buffered(rest[0], rest[1], end)
        return wrap(below, rest[2:-1]), [end]
    if kind == "decoder":
        return Decoder(*rest), []
    if kind == "escape":
        stream = Copy(*rest)
        return stream, [stream.memory]
    if kind == "newlines":
        return io.IncrementalNewlineDecoder(None, rest[0] == "1"), []
    put(rest[-1])
    if kind == "file":
        return open(PATH, rest[0], int(rest[1])), [PATH]
    if kind == "textfile":
        mode, buffering, encoding, errors, newline, _ = rest
        return open(PATH, mode, int(buffering), encoding, errors, NEWLINES[newline]), [PATH]
    raise AssertionError(kind)


def number(word, name):
    if word == "none":
        return None if name in ("truncate", "readlines") else -1
    return int(word)


def whole(call):
    """Takes what a read call gives, however it gives it."""

    def into(stream, size):
        target = bytearray(int(size))
        got = call(stream, target)
        return None if got is None else bytes(target[:got])

    return into


def attribute(stream, name):
    value = getattr(stream, name)
    return value() if callable(value) else value


def content(stream, word):
    return text(word) if isinstance(stream, io.TextIOBase) else data(word)


READS = "read read1 readinto readinto1 readline readlines list next peek seek truncate".split()


# Places that stay when something is written, and what a stream was taken apart into.
KEPT, DETACHED = [], []


def stalls(stream):
    """Whether what was written may be in the way of reading and seeking."""
    return stream.raw.stalls if hasattr(stream, "raw") and hasattr(stream.raw, "stalls") else False


def again(call):
    """Calls until the device is not in the way any more; says what was taken before."""
    taken = 0
    for _ in range(100):
        try:
            return call(taken), taken
        except BlockingIOError as error:
            taken += error.characters_written
    raise AssertionError("blocked for ever")


def write(stream, content):
    """Writes all, sending the rest again where the device had no room."""
    count, before = again(lambda taken: stream.write(content[taken:]))
    return before + count


def fails(stream):
    """Whether the device fails at times."""
    return getattr(getattr(stream, "raw", stream), "fails", False)


TAKING = READS[:9]


def attentive(stream, words, slots):
    """Makes a call and, if the device failed, what brings both sides to the same place; faults.rs."""
    leaves = words[0] in ("close", "detach")
    if not fails(stream) or getattr(stream, "closed", True):
        return run(stream, words, slots)
    if isinstance(stream, io.BufferedRandom):
        if leaves:
            insist(stream, ["flush"], slots)
        return insist(stream, words, slots)
    if leaves:
        return run(stream, words, slots)
    before = told(stream)
    try:
        return run(stream, words, slots)
    except (io.UnsupportedOperation, BlockingIOError):
        raise
    except OSError:
        if words[0] not in TAKING:
            settle(stream)
        elif before is not None:
            stream.seek(before)
        raise


def insist(stream, words, slots):
    """Makes a call until the device lets it through."""
    if words[0] == "writelines":
        insist(stream, ["write", show(b"".join(map(data, words[1:])))], slots)
        return None
    start = before = stream.tell()
    for _ in range(100):
        try:
            if words[0] != "write":
                return run(stream, words, slots)
            stream.write(data(words[1])[before - start :])
            return len(data(words[1]))
        except (io.UnsupportedOperation, BlockingIOError):
            raise
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise
            if words[0] == "write":
                before = stream.tell()
            elif words[0] in TAKING:
                insist(stream, ["seek", str(before), "0"], slots)
    raise AssertionError("failed for ever")


def told(stream):
    try:
        return stream.tell()
    except OSError:
        return None


def settle(stream):
    for _ in range(3):
        try:
            return again(lambda _: stream.flush())
        except OSError:
            pass


def run(stream, words, slots):
    name, args = words[0], words[1:]
    both = isinstance(stream, io.BufferedRandom)
    # Its `read1` does not see what was written, and reads it over (RND-2).
    blind = name == "read1" or both and name in READS and stalls(stream)
    leaves = name in ("close", "detach") and not fails(stream)
    if not getattr(stream, "closed", True) and (leaves or both and blind):
        again(lambda _: stream.flush() if not isinstance(stream, io.TextIOBase) else None)
    if name == "close":
        return stream.close()
    if name in ("write", "writelines", "truncate"):
        slots.clear()  # places that were told before are no longer any
    if name in ("read", "readline", "readlines", "peek", "read1", "truncate"):
        return again(lambda _: getattr(stream, name)(*[number(arg, name) for arg in args]))[0]
    if name in ("readinto", "readinto1"):
        return whole(lambda stream, target: getattr(stream, name)(target))(stream, args[0])
    if name == "readall":
        return stream.readall()
    if name == "list":
        return stream.readlines() if isinstance(stream, Hindered) else list(stream)
    if name == "next":
        return next(stream, None)
    if name == "write":
        return write(stream, content(stream, args[0]))
    if name == "writelines":
        lines = [content(stream, arg) for arg in args]
        if not isinstance(stream, (io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)):
            return stream.writelines(lines)
        for line in lines:
            write(stream, line)
        return None
    if name == "seek":
        return again(lambda _: stream.seek(int(args[0]), int(args[1])))[0]
    if name == "mark":
        slots.append(0)
        slots[-1] = stream.tell()
        return None
    if name == "goto":
        stream.seek(slots[int(args[0]) % len(slots)] if slots else 0)
        return None
    if name == "keep":
        KEPT.append(0)
        KEPT[-1] = stream.tell()
        return None
    if name == "back":
        stream.seek(KEPT[int(args[0]) % len(KEPT)] if KEPT else 0)
        return None
    if name == "ends":
        return [stream.newlines] if isinstance(stream.newlines, str) else list(stream.newlines or ())
    if name == "below":
        return bytes(stream.buffer.raw.content)
    if name == "start":
        stream.seek(0)
        return None
    if name == "end":
        stream.seek(0, 2)
        return None
    if name == "detach":
        DETACHED.append(stream.detach())
        return None
    if name == "pending":
        return stream.pending()
    if name == "feed":
        return stream.feed(data(args[0]), args[1] == "1")
    if isinstance(stream, Copy):
        reads = {"copy": lambda: stream.source.read(int(args[0])), "line": stream.source.readline}
        reads["put"] = lambda: text(args[0])
        return stream.copy(reads[name]())
    if name == "decode":
        return stream.decode(text(args[0]), final=args[1] == "1")
    if name == "reset":
        return stream.reset()
    if name == "newlines":
        return "".join(stream.newlines or "")
    if name == "reconfigure":
        key, value = args
        value = {"newline": NEWLINES.get, "encoding": str, "errors": str}.get(key, lambda v: v == "1")(value)
        return stream.reconfigure(**{key: value})
    return again(lambda _: attribute(stream, name))[0]


def result(value):
    if value is None:
        return "n"
    if isinstance(value, (bytes, bytearray)):
        return "b" + show(value)
    if isinstance(value, str):
        return "t" + show(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return "l" + ",".join(result(item) for item in value)
    return "i%d" % value


def failure(error):
    if isinstance(error, io.UnsupportedOperation):
        return "!unsupported"
    if isinstance(error, BlockingIOError):
        return "!block:%d" % getattr(error, "characters_written", 0)
    if isinstance(error, UnicodeError) and "pending buffer overflow" in str(error):
        return "!overflow"
    if isinstance(error, UnicodeDecodeError):
        return "!decode:" + show(error.object[error.start : error.end])
    if isinstance(error, UnicodeEncodeError):
        return "!encode:" + show(error.object[error.start].encode("utf-8", "surrogatepass"))
    if isinstance(error, UnicodeError):
        return "!unicode"
    if isinstance(error, OSError) and error.errno is not None:
        return "!os:%d" % error.errno
    if isinstance(error, ValueError):
        return "!closed" if "closed" in str(error) else "!value"
    return "!" + type(error).__name__


def attempt(call):
    try:
        return result(call())
    except Exception as error:
        return failure(error)


def position(stream):
    """Where a stream of bytes stands, behind the result of each call."""
    try:
        return "@%d" % stream.tell()
    except Exception:
        return "@"


def final(end):
    if isinstance(end, str):
        if not os.path.exists(end):
            return "!missing"
        with open(end, "rb") as file:
            return "b" + show(file.read())
    if isinstance(end, io.BytesIO):
        return "b" + show(end.content if end.closed else end.getvalue())
    return "b" + show(end.content)


def program(line):
    setup, *calls = [words.split(" ") for words in line.split(";")]
    try:
        stream, ends = make(setup)
    except Exception as error:
        ends = [PATH] if setup[0].endswith("file") else []
        return " ".join([failure(error)] + [final(end) for end in ends])
    told = setup[0] in ("bytesio", "reader", "writer", "random", "file") and "a" not in setup[1]
    results, slots = [], []
    KEPT.clear()
    for words in calls:
        if words[0] == "then":
            words = words[1:]
        answer = attempt(lambda: attentive(stream, words, slots))
        results.append(answer + position(stream) if told else answer)
        if words == ["detach"] and answer == "n":
            stream = DETACHED.pop()
    if setup[0] not in ("newlines", "decoder") and not (calls and calls[-1] == ["detach"]):
        results.append(attempt(lambda: attentive(stream, ["close"], slots)))
    return " ".join(results + [final(end) for end in ends])


def main():
    sys.unraisablehook = lambda *_: None
    print(sys.version.split()[0], flush=True)
    lines = io.open(0, encoding="ascii", newline="\n")
    for line in lines:
        line = line.rstrip("\n")
        if line == "go":
            sys.stdout.flush()
        else:
            sys.stdout.write(program(line) + "\n")
    if os.path.exists(PATH):
        os.remove(PATH)
    os.rmdir(os.path.dirname(PATH))


main()
