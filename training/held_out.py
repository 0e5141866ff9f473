"""Write the 200 questions that no training batch contains, from a fixed seed.

40 each have 1, 2, 3, 4 and 5 operations.
"""

import json
from pathlib import Path
from random import Random

from dynscaling_nb.models.abacus import questions
from dynscaling_nb.models.abacus.language import solve

OUT = Path(questions.__file__).with_name("held_out.jsonl")


def main() -> None:
    rng = Random(20250604)
    seen: set[str] = set()
    lines = []
    for operations in range(1, 6):
        while len(lines) < 40 * operations:
            expression = questions.draw(rng, operations)
            text = questions.ask(expression)
            if text in seen:
                continue
            seen.add(text)
            steps = solve(expression)
            assert steps is not None
            lines.append(
                json.dumps({"id": f"abacus-{len(lines)}", "text": text, "gold": str(steps[-1][0])})
            )
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
