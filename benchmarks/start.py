"""Seconds to import the package, and to load the extension into an IPython shell, each in a fresh interpreter."""

import subprocess
import sys
from statistics import median

from report import report

CASES = {
    "import dynscaling_nb": ("", "import dynscaling_nb"),
    "import dynscaling_nb; dynscaling_nb.run": ("", "import dynscaling_nb; dynscaling_nb.run"),
    "%load_ext dynscaling_nb": (
        "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance()",
        "shell.run_line_magic('load_ext', 'dynscaling_nb')",
    ),
}


def seconds(before: str, code: str) -> float:
    script = f"{before}\nimport time\nbegan = time.perf_counter()\n{code}\nprint(time.perf_counter() - began)"
    return float(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
    )


def main() -> None:
    rows = []
    for name, (before, code) in CASES.items():
        times = [seconds(before, code) for _ in range(7)]
        rows.append({"what": name, "median s": median(times), "max s": max(times)})
    report("start: seconds, 7 fresh interpreters", rows)


if __name__ == "__main__":
    main()
