"""Seconds to import the package and to load the extension, each in a fresh interpreter."""

import subprocess
import sys
from statistics import median

from report import report

REPEATS = 7
SHELL = """\
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
"""
CASES = {  # by name: code before the clock starts, and the code that is timed
    "import dynscaling_nb": ("", "import dynscaling_nb"),
    "import dynscaling_nb; dynscaling_nb.run": ("", "import dynscaling_nb; dynscaling_nb.run"),
    "%load_ext dynscaling_nb": (SHELL, "shell.run_line_magic('load_ext', 'dynscaling_nb')"),
}


def seconds(before: str, code: str) -> float:
    """Seconds that the code takes in a new interpreter."""
    lines = (
        before,
        "import time",
        "began = time.perf_counter()",
        code,
        "print(time.perf_counter() - began)",
    )
    script = "\n".join(lines)
    return float(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
    )


def main() -> None:
    rows = []
    for name, (before, code) in CASES.items():
        times = [seconds(before, code) for _ in range(REPEATS)]
        rows.append({"what": name, "median s": median(times), "max s": max(times)})
    report(f"start: seconds, {REPEATS} fresh interpreters", rows)


if __name__ == "__main__":
    main()
