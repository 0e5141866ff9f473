"""One-line faults planted in a copy of the package, one by one: how many do the tests notice?

`make mutants`, or `python tests/mutants.py WORDS` for those with these words in their names. A
fault deletes or blunts one feature that a reader would name. It has to be noticed by the test file
of its own module, or by the files named beside it.

`mutants.txt` holds the table. A line at the margin names a file of the package, and test files
where they are not its own. Below it each fault has two lines: its name, and a text that the file
holds once, an arrow `=>`, and the text in its place, which may be empty.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "dynscaling_nb"
TABLE = Path(__file__).with_suffix(".txt")
RESULTS = ROOT / "benchmarks" / "results" / "mutants.json"
LIMIT = 120  # seconds for one fault; tests that do not end have noticed it
SHARE = 10  # one fault in this many may stay unnoticed


@dataclass(frozen=True)
class Mutant:
    """A fault: `text` in `file` becomes `replacement`, and one of `tests` should fail."""

    name: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """How the tests took a fault: `killed_by` is the first test that failed, None if all passed."""

    name: str
    killed_by: str | None


def read_table(table: str) -> list[Mutant]:
    """The faults of a table. The indent of a line says what it holds."""
    mutants, file, tests, name = [], "", (), ""
    for line in filter(None, table.splitlines()):
        level = len(line) - len(line.lstrip())
        if level == 0:
            file, *others = line.split()
            path = Path(file)
            tests = tuple(others or [str(path.with_name(f"test_{path.name}"))])
        elif level == 2:
            name = line.strip()
        else:
            text, _, replacement = line.partition(" =>")
            mutants.append(Mutant(name, file, text.strip(), replacement.strip(), tests))
    return mutants


def stale(mutants: list[Mutant]) -> list[str]:
    """What is wrong with a table: texts that do not occur once, or faults that do not compile."""
    complaints = []
    for mutant in mutants:
        source = (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8")
        count = source.count(mutant.text)
        if count != 1:
            complaints.append(f"{mutant.name}: {mutant.file} holds {mutant.text!r} {count} times")
            continue
        try:
            compile(source.replace(mutant.text, mutant.replacement), mutant.file, "exec")
        except SyntaxError as error:
            complaints.append(f"{mutant.name}: {error}")
    return complaints


class Laboratory:
    """A copy of the package in `folder`; the tests run against it and write nothing here."""

    def __init__(self, folder: Path) -> None:
        self._copy = folder / PACKAGE
        shutil.copytree(ROOT / PACKAGE, self._copy)
        # The safe path leaves out the folder that Python starts in, which holds the package too.
        self._environment = os.environ | {
            "PYTHONPATH": str(folder),
            "PYTHONSAFEPATH": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
        }
        where = self._python("-c", f"import {PACKAGE}; print({PACKAGE}.__file__)").stdout.strip()
        if Path(where).parent != self._copy:
            raise SystemExit(f"the tests would import {where}, not the copy")

    def run(self, tests: tuple[str, ...]) -> str | None:
        """The first test that fails, None if all pass."""
        files = [str(ROOT / "tests" / test) for test in tests]
        options = ["-x", "-q", "--tb=no"]
        for plugin in ("cacheprovider", "nbval", "hypothesispytest"):  # slow to load, or writing
            options += ["-p", f"no:{plugin}"]
        try:
            process = self._python("-m", "pytest", *options, *files)
        except subprocess.TimeoutExpired:
            return f"no end after {LIMIT} s"
        if process.returncode == 0:
            return None
        failure = re.search(r"^(?:FAILED|ERROR) tests/(.+?)(?: - |$)", process.stdout, re.MULTILINE)
        if process.returncode != 1 or failure is None:
            raise SystemExit(f"pytest ended with {process.returncode}:\n{process.stdout}")
        return failure[1]

    def verdict(self, mutant: Mutant) -> Verdict:
        """Plant a fault, run its tests, and take it out again."""
        path = self._copy / mutant.file
        source = path.read_text(encoding="utf-8")
        path.write_text(source.replace(mutant.text, mutant.replacement), encoding="utf-8")
        try:
            return Verdict(mutant.name, self.run(mutant.tests))
        finally:
            path.write_text(source, encoding="utf-8")

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="?", default="", help="only faults with these in the name")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.relative_to(ROOT)}")
    args = parser.parse_args()
    mutants = read_table(TABLE.read_text(encoding="utf-8"))
    complaints = stale(mutants)
    if complaints:
        print("the table is out of date:", *complaints, sep="\n")
        return 1
    mutants = [mutant for mutant in mutants if args.words in mutant.name]
    if not mutants:
        parser.error(f"no fault has {args.words!r} in its name")
    with TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder))
        files = tuple(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        failure = laboratory.run(files)
        if failure is not None:
            print(f"without any fault a test fails: {failure}")
            return 1
        width = max(len(mutant.name) for mutant in mutants)
        verdicts = []
        for mutant in mutants:
            verdicts.append(laboratory.verdict(mutant))
            print(f"{mutant.name:{width}}  {verdicts[-1].killed_by or 'SURVIVES'}", flush=True)
    survivors = sum(verdict.killed_by is None for verdict in verdicts)
    print(f"{survivors} of {len(verdicts)} faults survive")
    if args.write:
        RESULTS.write_text(json.dumps([asdict(each) for each in verdicts], indent=1) + "\n")
    return int(survivors * SHARE > len(verdicts))


if __name__ == "__main__":
    sys.exit(main())
