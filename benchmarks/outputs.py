r"""Texts that models wrote, with the verdict of the repository that published them.

The four repositories lie in one folder, each under its own name. They are public; none of their
data is part of this package:

    git clone https://github.com/huggingface/Math-Verify
    git clone https://github.com/openai/grade-school-math
    git clone https://github.com/suzgunmirac/BIG-Bench-Hard
    git clone https://github.com/kojima-takeshi188/zero_shot_cot
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MATH = "Math-Verify tests"
SOLUTIONS = "grade-school solutions"
GOLDS = "grade-school golds"
HARD = "BIG-Bench-Hard"
REASONED = "zero-shot CoT"  # logs with reasoning before the answer
DIRECT = "zero-shot direct"  # logs without

LETTERED = ("aqua", "bigbench_date", "commonsensqa", "object_tracking")
NUMERIC = ("addsub", "gsm8k", "multiarith", "singleeq", "svamp")
WORKERS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")

_ANSWER = re.compile(r"[Tt]he answer is (.*?)\.?(?:\n|$)")  # the last one is BIG-Bench-Hard's own
_SEVERAL = re.compile(  # "the answer is A, C, or D.", of which zero_shot_cot takes the first
    r"answer is[^.\n]*?\(?\b[A-F]\b\)?[^.\n]*?(?:\bor\b|\band\b|,)\s*\(?[B-F]\b"
    r"(?![^\n]*\banswer is)"
)
_SET = re.compile(r"dataset='(\w+)'")
_LOGGED = re.compile(  # one question in a log of zero_shot_cot
    r"_th_sampling\nQ: (?P<question>.*?)\nA: (?P<text>.*?)\npred_before : .*?"
    r"\npred_mode : (?P<answer>.*?)\nGT : (?P<gold>.*?)\n\*{9}",
    re.DOTALL,
)


class Output(NamedTuple):
    """One text of a model.

    - `source`: the name of its group of texts; `part`: the file or table within it.
    - `readers`: the extractors that should read it.
    - `right`: whether the answer is right by the repository's own account.
    - `several`: whether the text names several options, so that no careful reader takes one.
    """

    source: str
    part: str
    readers: tuple[str, ...]
    question: str
    text: str
    gold: str
    right: bool
    several: bool = False


def outputs(folder: Path) -> Iterator[Output]:
    """All texts of the repositories in this folder."""
    yield from math_tests(folder / "Math-Verify")
    yield from grade_school(folder / "grade-school-math")
    yield from hard(folder / "BIG-Bench-Hard")
    yield from logs(folder / "zero_shot_cot")


def math_tests(folder: Path) -> Iterator[Output]:
    """The rows of Math-Verify's own tests: gold, answer, whether they are equal."""
    for path in sorted((folder / "tests").glob("*.py")):
        for names, row in _tables(ast.parse(path.read_text(encoding="utf-8"))):
            values = dict(zip(names, row, strict=True))
            right = values.pop("expected", values.pop("result", None))
            # the defaults of Math-Verify: variables keep their names, gold decides what is a set
            usual = values.pop("strict", True) and not values.pop("allow_set_relation_comp", False)
            gold, text = values.get("gold"), values.get("pred")
            if usual and len(values) == 2 and isinstance(gold, str) and isinstance(text, str):
                yield Output(MATH, path.stem, ("latex",), "What is it?", text, gold, bool(right))


def _tables(module: ast.Module) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    """The rows of every parametrized test, each with the names of its columns."""
    for call in ast.walk(module):
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("parametrize"):
            continue
        names = [name.strip() for name in ast.literal_eval(call.args[0]).split(",")]
        for row in call.args[1].elts if isinstance(call.args[1], ast.List) else ():
            try:
                yield names, ast.literal_eval(row)
            except ValueError:  # computed when the tests run
                continue


def grade_school(folder: Path) -> Iterator[Output]:
    """GSM8K: each question's own solution, and four by finetuned models of 2021."""
    data = folder / "grade_school_math" / "data"
    readers = ("auto", "number")
    for line in (data / "test.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = row["answer"].rpartition("#### ")[2]
        yield Output(GOLDS, "test", readers, row["question"], row["answer"], gold, right=True)
    path = data / "example_model_solutions.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = row["ground_truth"].rpartition("A: ")[2]
        for worker in WORKERS:
            text, right = row[worker]["solution"], row[worker]["is_correct"]
            yield Output(SOLUTIONS, worker, readers, row["question"], text, gold, right)


def hard(folder: Path) -> Iterator[Output]:
    """BIG-Bench-Hard: what code-davinci-002 wrote after three worked examples."""
    for path in sorted(
        (folder / "code-davinci-002-outputs" / "code-davinci-002-cot").glob("*.json")
    ):
        part = path.name.partition("_few_shot")[0]
        for row in json.loads(path.read_text(encoding="utf-8"))["outputs"]:
            question = row["input"].rpartition("\n\nQ: ")[2].rpartition("\nA:")[0]
            gold, text = row["target"], row["prediction"]
            readers = ("auto", "choice") if "\n(A)" in question else ("auto",)
            answers = _ANSWER.findall(text)
            right = bool(answers) and answers[-1].strip() == gold.strip()
            yield Output(HARD, part, readers, question, text, gold, right)


def logs(folder: Path) -> Iterator[Output]:
    """Twelve sets, with reasoning before the answer and without, by InstructGPT."""
    for path in sorted((folder / "log").glob("*.log")):
        log = path.read_text(encoding="utf-8")
        match = _SET.search(log)
        part = match[1] if match else path.stem
        special = "choice" if part in LETTERED else "number" if part in NUMERIC else None
        readers = ("auto",) if special is None else ("auto", special)
        source = REASONED if path.stem.endswith("_cot") else DIRECT
        for entry in _LOGGED.finditer(log):
            question, gold = entry["question"], entry["gold"]
            right = entry["answer"] == gold
            several = special == "choice" and bool(_SEVERAL.search(entry["text"]))
            yield Output(source, part, readers, question, entry["text"], gold, right, several)
