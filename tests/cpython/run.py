#!/usr/bin/env python3
"""Runs CPython's own tests of `io` on `iolite_io`.

    PYTHON tests/cpython/run.py [-v] [TEST ...]

PYTHON is the interpreter that `install.sh` was told; it needs its `test` package. The suite's
classes named Py... take everything they test from the module `_pyio`; here `iolite_io` stands in
its place while a file of tests is imported. Each file runs in a process of its own, which is ended
when it is silent for too long; a test that crashes or hangs is counted, and the others run on.

Compares the outcome with `expected.txt` (test, versions, reason) and fails where it differs in
either direction. With names of tests (a part of them is enough) only those run, and nothing is
compared.
"""

import importlib
import io
import json
import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULE = "iolite_io"
FILES = [
    "test_io", "test_fileio", "test_memoryio", "test_bufio", "test_file", "test_univnewlines",
    "test_largefile", "test_file_eintr",
]
SILENCE = 120  # seconds
OUTCOMES = ["passed", "failed", "errors", "skipped", "crashed"]


# What follows runs in the process of one file of tests.


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def ours(test):
    """Whether a test is one of the exchanged module."""
    name = type(test).__name__
    module = getattr(type(test), "modulename", getattr(type(test), "modname", None))
    return name.startswith("Py") or name == "APIMismatchTest" or module == MODULE


def load(file):
    third = importlib.import_module(MODULE)
    genuine = importlib.import_module("_pyio")
    # Two names that only `_pyio` has; they belong to no class under test.
    for name in ("_open_code_with_warning",):
        if not hasattr(third, name) and hasattr(genuine, name):
            setattr(third, name, getattr(genuine, name))
    sys.modules["_pyio"] = third
    try:
        tests = importlib.import_module("test." + file)
    finally:
        sys.modules["_pyio"] = genuine
    # The tests that start an interpreter of their own name the module in words.
    for value in vars(tests).values():
        if isinstance(value, type):
            for attribute in ("modulename", "modname", "name_of_module"):
                name = vars(value).get(attribute)
                if name == "_pyio":
                    setattr(value, attribute, MODULE)
                elif isinstance(name, tuple) and "_pyio" in name:
                    setattr(value, attribute, (MODULE, *name))
    found = flat(unittest.defaultTestLoader.loadTestsFromModule(tests))
    found = [test for test in found if ours(test)]
    for test in found:
        # Where C and Python differ in the class of an exception, ours are those of C.
        if vars(type(test)).get("is_C") is False:
            type(test).is_C = True
    return found


class Report(unittest.TestResult):
    """Tells the parent of each test, in lines of JSON."""

    def __init__(self, out):
        super().__init__()
        self.out = out

    def say(self, outcome, test, detail=""):
        name = ".".join(test.id().split(".")[-2:])
        print(json.dumps([outcome, name, detail]), file=self.out, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.failed = False
        self.say("start", test)

    def addSuccess(self, test):
        if not self.failed:
            self.say("passed", test)

    def fail(self, outcome, test, err):
        if not self.failed:
            self.failed = True
            self.say(outcome, test, self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self.fail("failed", test, err)

    def addError(self, test, err):
        self.fail("errors", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.fail("failed" if issubclass(err[0], test.failureException) else "errors", test, err)

    def addSkip(self, test, reason):
        self.say("skipped", test, reason)

    def addExpectedFailure(self, test, err):
        self.say("passed", test)


def child(file, after, wanted):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    tests = load(file)
    names = [".".join(t.id().split(".")[-2:]) for t in tests]
    if after:
        tests = tests[names.index(after) + 1:]
    if wanted:
        tests = [t for t in tests if any(w in t.id() for w in wanted)]
    from test import support

    support.verbose = False
    unittest.TestSuite(tests).run(Report(out))
    print(json.dumps(["end", "", ""]), file=out, flush=True)
    out.flush()
    os._exit(0)


# What follows runs in the parent.


def attempt(file, after, wanted):
    """One child: the outcomes it told, and the test it died in, if it did."""
    command = [sys.executable, __file__, "--child", file, after, *wanted]
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    noise = []
    drain = threading.Thread(target=lambda: noise.extend(process.stderr), daemon=True)
    drain.start()
    outcomes, running, ended = [], None, False
    while True:
        clock = threading.Timer(SILENCE, process.kill)
        clock.start()
        line = process.stdout.readline()
        clock.cancel()
        if not line:
            break
        outcome, name, detail = json.loads(line)
        if outcome == "start":
            running = name
        elif outcome == "end":
            ended = True
        else:
            outcomes.append((outcome, name, detail))
    process.wait()
    drain.join(5)
    if ended:
        return outcomes, None
    if running is None:
        sys.exit(f"{file} cannot be run:\n" + "".join(noise))
    outcomes = [o for o in outcomes if o[1] != running]
    return outcomes, (running, f"exit {process.returncode}\n" + "".join(noise[-20:]))


def run(file, wanted):
    everything, after = [], ""
    while True:
        outcomes, death = attempt(file, after, wanted)
        everything += outcomes
        if death is None:
            return everything
        after = death[0]
        everything.append(("crashed", *death))


def expected():
    """Test -> reason, of those lines that are for this interpreter."""
    here = "%d.%d" % sys.version_info[:2]
    table = {}
    for line in (HERE / "expected.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            test, versions, reason = (part.strip() for part in line.split("|"))
            if versions == "*" or here in versions.split():
                table[test] = reason
    return table


def line(name, outcomes):
    counts = ", ".join(f"{sum(o[0] == k for o in outcomes)} {k}" for k in OUTCOMES)
    return f"{name}: {len(outcomes)} tests: {counts}"


def main(arguments):
    verbose = "-v" in arguments
    wanted = [a for a in arguments if a != "-v"]
    table, everything, wrong = expected(), [], 0
    for file in FILES:
        outcomes = run(file, wanted)
        everything += [(o, f"{file}.{name}", detail) for o, name, detail in outcomes]
        print(line(file, outcomes), flush=True)
    for outcome, name, detail in everything:
        bad = outcome not in ("passed", "skipped")
        if bad and (wanted or verbose or name not in table):
            print(f"\n{outcome}: {name}\n{detail}")
        if not wanted and bad != (name in table):
            wrong += 1
            print(f"{'not expected' if bad else 'expected to fail, but'} {outcome}: {name}")
    for name in () if wanted else table.keys() - {name for _, name, _ in everything}:
        wrong += 1
        print(f"expected to fail, but not there: {name}")
    print(line("all of CPython " + sys.version.split()[0], everything),
          f"({len(table)} of them expected to fail, {wrong} not as expected)")
    return 1 if wrong or wanted and any(o[0] not in ("passed", "skipped") for o in everything) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], sys.argv[4:])
    sys.exit(main(sys.argv[1:]))
