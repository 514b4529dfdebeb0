#!/usr/bin/env python3
"""Compares how iolite reads malformed bytes with how CPython does.

    python3 tests/tables/nonsense.py FILE

The file is named after an encoding and has the lines that tests/spec/codec_nonsense.rs describes.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from compare import read  # noqa: E402


def same(name, line):
    data, text, spans, replaced, backslashed = line.split(" ")
    data = bytes.fromhex(data)
    ours = [bytes.fromhex(field).decode() for field in (text, replaced, backslashed)]
    spans = [tuple(map(int, span.split("-"))) for span in spans.split(",") if span]
    try:
        skipped, errors = read(name, data)
        theirs = [skipped] + [data.decode(name, how) for how in ("replace", "backslashreplace")]
    except RuntimeError:
        # A single shift to a set that has none is an internal error of iso2022_jp_2's there.
        return name == "iso2022_jp_2"
    if (ours, spans) != (theirs, errors):
        print(f"{name}: reads {data!r} as {ours, spans}, CPython as {theirs, errors}"[:1000])
    return (ours, spans) == (theirs, errors)


def main():
    path = pathlib.Path(sys.argv[1])
    wrong = sum(not same(path.name, line) for line in path.read_text().splitlines())
    print(wrong, "differences")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
