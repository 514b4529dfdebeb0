#!/usr/bin/env python3
"""Python's own modules that read and write through streams, on `iolite_io` and on `io`.

    PYTHON tests/cpython/real_programs.py

Each program runs twice in the same way; what it reads, and the bytes it leaves, have to be the same.
"""

import configparser
import csv
import gzip
import io
import json
import pickle
import sys
import tarfile
import tempfile
import tokenize
import zipfile
from pathlib import Path

import iolite_io

LINES = [["ä", number, 'with "quotes",\nand a line'] for number in range(5000)]


def csv_file(module, path):
    with module.open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(LINES)
    with module.open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def csv_in_utf_16(module, path):
    with module.open(path, "w", newline="", encoding="utf-16") as file:
        csv.writer(file).writerows(LINES)
    with module.open(path, newline="", encoding="utf-16") as file:
        return list(csv.reader(file))


def json_file(module, path):
    with module.open(path, "w", encoding="utf-8") as file:
        json.dump({str(number): ["é", None, 0.5] for number in range(5000)}, file,
                  ensure_ascii=False, indent=1)
    with module.open(path, encoding="utf-8") as file:
        return json.load(file)


def zip_in_memory(module, path):
    memory = module.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(50):
            archive.writestr(zipfile.ZipInfo(str(number)), b"hello " * number * 1000)
    with module.open(path, "wb") as file:
        file.write(memory.getbuffer())
    with module.open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        return [archive.read(name) for name in archive.namelist()]


def zip_appended(module, path):
    with module.open(path, "w+b") as file:
        for mode in "wa":
            with zipfile.ZipFile(file, mode) as archive:
                archive.writestr(zipfile.ZipInfo(mode), mode * 100000)
        with zipfile.ZipFile(file) as archive, archive.open("a") as member:
            return module.TextIOWrapper(member, encoding="ascii").read()


def tar_file(module, path):
    with module.open(path, "w+b") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for number in range(50):
                member = tarfile.TarInfo(str(number))
                member.size = number * 1000
                archive.addfile(member, module.BytesIO(b"z" * member.size))
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            return [archive.extractfile(member).read() for member in archive]


def gzip_lines(module, path):
    with module.open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        for number in range(50000):
            packed.write(b"line %d\n" % number)
    with module.open(path, "rb") as file, gzip.GzipFile(fileobj=file) as packed:
        return list(packed)


def gzip_text(module, path):
    with module.open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        with module.TextIOWrapper(packed, encoding="utf-8", newline="\r\n") as text:
            text.writelines(f"é {number}\n" for number in range(50000))
    with module.open(path, "rb") as file, gzip.GzipFile(fileobj=file) as packed:
        return list(module.TextIOWrapper(packed, encoding="utf-8"))


def pickles(module, path):
    with module.open(path, "w+b") as file:
        for number in range(1000):
            pickle.dump({"number": number, "bytes": b"x" * number * 10}, file)
        file.seek(0)
        return [pickle.load(file) for _ in range(1000)]


def tokens(module, path):
    with module.open(path, "wb") as file:
        file.write(Path(tokenize.__file__).read_bytes())
    with module.open(path, "rb") as file:
        return list(tokenize.tokenize(file.readline))


def configuration(module, path):
    config = configparser.ConfigParser()
    config.read_dict({f"section {n}": {"key": "two\nlines", "ключ": "ю"} for n in range(500)})
    with module.open(path, "w", encoding="koi8-r", newline="\r\n") as file:
        config.write(file)
    config = configparser.ConfigParser()
    with module.open(path, encoding="koi8-r") as file:
        config.read_file(file)
    return {name: dict(section) for name, section in config.items()}


PROGRAMS = [
    csv_file, csv_in_utf_16, json_file, zip_in_memory, zip_appended, tar_file, gzip_lines,
    gzip_text, pickles, tokens, configuration,
]


def main():
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            outcomes = []
            for module in io, iolite_io:
                path = Path(folder, program.__name__)
                outcomes.append((program(module, path), path.read_bytes()))
                path.unlink()
            if outcomes[0] != outcomes[1]:
                different += 1
                print(f"{program.__name__}: not as on io")
    print(f"real programs: {len(PROGRAMS)} run, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
