"""What every benchmark does at its end: print a table, write JSON under benchmarks/results/."""

import json
from pathlib import Path
from typing import Any


def report(name: str, rows: list[dict[str, Any]]) -> None:
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
    out = Path(__file__).parent / "results" / f"{name.partition(':')[0].replace(' ', '_')}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1) + "\n")


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
