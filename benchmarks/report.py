"""The end of every benchmark: a table in the terminal, JSON in benchmarks/results/."""

import argparse
import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
REDUCED = Path("build") / "reduced"
PLACES = (
    "folder",
    "model",
    "peer",
    "pools",
)  # arguments that say where data are, not how much is measured


def destination(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Path:
    """The folder for results: a run with changed numbers must not replace measured results."""
    numbers = {name: value for name, value in vars(args).items() if name not in PLACES}
    changed = any(value != parser.get_default(name) for name, value in numbers.items())
    return REDUCED if changed else RESULTS


def report(name: str, rows: list[dict[str, Any]], folder: Path = RESULTS) -> None:
    """Print the rows under their title; the file is named by the title up to its colon."""
    heads = list(rows[0])
    cells = [heads, *([_cell(row.get(h)) for h in heads] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    print(f"\n{name}")
    for row in cells:
        print(
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{name.partition(':')[0].replace(' ', '_')}.json"
    out.write_text(json.dumps(rows, indent=1) + "\n")


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
