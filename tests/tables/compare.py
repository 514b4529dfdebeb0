#!/usr/bin/env python3
"""Compares what iolite reads and writes with what CPython does.

    python3 tests/tables/compare.py FOLDER

The folder has a report for each encoding, of the lines that tests/spec/codec_tables.rs describes.
What is different on purpose is said in SPEC.md, and here in `is_lost` and `lone`.
"""

import codecs
import pathlib
import sys

errors = []


def skip(error):
    errors.append((error.start, error.end))
    return "", error.end


codecs.register_error("skip", skip)


def read(name, data):
    errors.clear()
    text = data.decode(name, "skip")
    return text, list(errors)


def is_lost(name, ch):
    """Whether CPython writes a character that it would read as another one, or not at all."""
    try:
        return ch.encode(name).decode(name) != ch
    except UnicodeEncodeError:
        return False
    except UnicodeDecodeError:
        return True


def lone(text):
    return any("\ud800" <= ch <= "\udfff" for ch in text)


def same_reading(name, data, text, spans):
    ours = text, [tuple(map(int, span.split("-"))) for span in spans.split(",") if span]
    theirs = read(name, data)
    if name == "utf-7":
        # An error begins behind the text that was read; CPython's begins at the `+`. Surrogates
        # that CPython lets through, or forgets, are errors more.
        if lone(theirs[0]):
            return True
        theirs = theirs[0], [end for _, end in theirs[1]]
        ours = ours[0], [end for _, end in ours[1] if end in theirs[1]]
    if ours != theirs:
        print(f"{name}: reads {data.hex()} as {ours}, CPython as {theirs}"[:1000])
    return ours == theirs


def same_writing(name, block, ours):
    text = "".join(chr(block << 8 | low) for low in range(256))
    lossy = name in ("big5", "cp932", "cp950", "euc_jp", "euc_kr", "shift_jis")
    if lossy or name.startswith("iso2022"):
        text = "".join(ch for ch in text if not is_lost(name, ch))
    theirs = text.encode(name, "ignore")
    if ours != theirs:
        print(f"{name}: writes block {block:x} as {ours.hex()}, CPython as {theirs.hex()}"[:1000])
    return ours == theirs


def main():
    wrong = 0
    reports = sorted(pathlib.Path(sys.argv[1]).iterdir())
    assert reports
    for path in reports:
        for line in path.read_text().splitlines():
            kind, *fields = line.split(" ")
            if kind == "R":
                data, text, spans = fields
                text = bytes.fromhex(text).decode()
                wrong += not same_reading(path.name, bytes.fromhex(data), text, spans)
            else:
                block, ours = fields
                wrong += not same_writing(path.name, int(block), bytes.fromhex(ours))
    print(wrong, "differences")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
