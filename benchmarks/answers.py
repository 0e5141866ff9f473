r"""Answers read from texts that real models wrote, and how fast.

python benchmarks/answers.py FOLDER [--lost FILE]

`FOLDER` holds four public repositories; `outputs.py` beside this file says which, and how to get
them. Each text is read as a run reads it: with the gold answer and the options of its question. An
answer is lost if the repository's own extraction has it right and the reading here has not, gained
if it is the other way round. Of the lost ones, some name several options ("of several"), and the
repository took the first. `--lost FILE` writes each such text as a line of JSON. The second
table gives texts a second on one core, the third the time that texts made to be slow take. Both
are processor time, so that other programs on the machine do not change them.
"""

import argparse
import asyncio
import gc
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from outputs import DIRECT, REASONED, Output, outputs
from report import destination, report

from dynscaling_nb.answers.equivalence import EQUIVALENCES, auto
from dynscaling_nb.answers.extract import EXTRACTORS, extractor
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.records import Completion, Query

LONG = 16_384  # characters of a text made to be slow
WORST = {  # pieces that fill such a text; the last is prose, 3 MB of it
    "newlines": "\n",
    "open brackets": "(",
    "open braces": "{",
    "dollars": "$",
    "stars": "**",
    "statements": "answer is ",
    "digits and commas": "1,",
    "digits and spaces": "1 ",
    "boxes": "\\boxed{",
    "fractions": "\\frac{1}{",
    "powers": "2^",
    "tags": "<think>",
    "spaces": " ",
    "one letter": "a",
    "Chinese statements": "答案是",
}
PROSE = "We add 3 to 4 and get 7, so that the sum of all (as it was said) is larger. "


class Reading(NamedTuple):
    """What a reader made of one text: the answer, and whether it is the gold one."""

    output: Output
    read: str
    answer: str | None
    right: bool


async def readings(texts: Sequence[Output], read: str) -> list[Reading]:
    """The texts read by this reader, each as the only response to its question."""
    queries = [Query(str(i), text.question, text.gold) for i, text in enumerate(texts)]
    rule = EQUIVALENCES["latex"] if read == "latex" else auto
    reader = AnswerReader(queries, extractor(read), rule)
    verdicts = []
    async with reader.open():
        for i, text in enumerate(texts):
            answer = await reader.read(i, 0, Completion(text.text))
            right = answer is not None and answer == reader.golds[i]
            verdicts.append(Reading(text, read, answer, right))
    return verdicts


def every_reading(texts: Sequence[Output]) -> list[Reading]:
    """All texts by all of their readers, source by source."""
    return [
        reading
        for source in dict.fromkeys(text.source for text in texts)
        for part in [[text for text in texts if text.source == source]]
        for read in dict.fromkeys(read for text in part for read in text.readers)
        for reading in asyncio.run(readings([text for text in part if read in text.readers], read))
    ]


def table(verdicts: Iterable[Reading], *, parts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One row for each source and reader; of the sources in `parts`, one for each of its files."""
    groups: dict[tuple[str, str, str], list[Reading]] = {}
    for verdict in verdicts:
        source, part = verdict.output.source, verdict.output.part
        if parts and source not in parts:
            continue
        groups.setdefault((source, part if parts else "all", verdict.read), []).append(verdict)
    return [
        {
            "texts": source,
            "part": part,
            "read": read,
            "number": len(group),
            "right there": sum(verdict.output.right for verdict in group),
            "right here": sum(verdict.right for verdict in group),
            "lost": sum(verdict.output.right > verdict.right for verdict in group),
            "of several": sum(
                verdict.output.right > verdict.right and verdict.output.several for verdict in group
            ),
            "gained": sum(verdict.output.right < verdict.right for verdict in group),
            "unread": sum(verdict.answer is None for verdict in group),
        }
        for (source, part, read), group in groups.items()
    ]


def write_differences(verdicts: Iterable[Reading], path: Path) -> None:
    """Every text whose verdict differs, as a line of JSON."""
    with path.open("w", encoding="utf-8") as file:
        for output, read, answer, right in verdicts:
            if output.right != right:
                row = {**output._asdict(), "readers": read, "answer": answer}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def speed(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Texts a second of processor time."""
    rows = []
    for name in EXTRACTORS:
        extract = extractor(name)
        began = time.process_time()
        for text in texts:
            extract(text)
        seconds = time.process_time() - began
        rows.append({"read": name, "number": len(texts), "texts a second": len(texts) / seconds})
    return rows


def worst() -> list[dict[str, Any]]:
    """Milliseconds of processor time for each text made to be slow, by each reader."""
    slow = {name: piece * (LONG // len(piece)) for name, piece in WORST.items()}
    slow["prose, 3 MB"] = PROSE * (3_000_000 // len(PROSE))
    rows = []
    for name, text in slow.items():
        row: dict[str, Any] = {"what": name}
        for read in EXTRACTORS:
            extract = extractor(read)
            began = time.process_time()
            extract(text)
            row[read] = 1000 * (time.process_time() - began)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lost", type=Path)
    args = parser.parse_args()
    folder = destination(parser, args)
    texts = list(outputs(args.folder))
    verdicts = every_reading(texts)
    if args.lost:
        write_differences(verdicts, args.lost)
    report("answers: right by the repository's own extraction and here", table(verdicts), folder)
    logs = table(verdicts, parts=(REASONED, DIRECT))
    report("answers zero-shot: the twelve sets one by one", logs, folder)
    gc.freeze()  # the verdicts above are not searched for garbage while texts are timed
    report("answers speed: on one core", speed([text.text for text in texts]), folder)
    report(f"answers worst: milliseconds for {LONG} characters", worst(), folder)


if __name__ == "__main__":
    main()
