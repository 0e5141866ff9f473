"""The options of the shell and of a cell beside those of a run, and all options as one page."""

from dataclasses import dataclass

from dynscaling_nb.declaration import option, tables
from dynscaling_nb.options import RunOptions


@dataclass(frozen=True, kw_only=True)
class ShellOptions:
    """The options of the shell's `run` beside those of a run."""

    out: str = option(
        help="where the answers go: JSON lines, or Parquet if it ends in .parquet",
        parse=str,
        metavar="OUT.jsonl",
    )
    responses: str | None = option(
        None,
        help="a folder for every response as it comes, as Parquet",
        parse=str,
        metavar="FOLDER",
    )
    report: bool = option(False, help="describe the run in words")
    yes: bool = option(False, help="answer the question of --confirm-above with yes")


@dataclass(frozen=True, kw_only=True)
class CellOptions:
    """The options of `%%dynscale` beside those of a run."""

    out: str | None = option(
        None,
        help="variable that gets the result; with --background the handle of the run",
        parse=str,
        flag="-o",
        metavar="NAME",
    )
    source: str | None = option(
        None,
        help="variable with the questions: a list, dicts with gold answers, a table's column",
        parse=str,
        flag="--from",
        metavar="NAME",
    )
    panel: bool = option(False, help="show a panel to run and steer it, with live charts")
    background: bool = option(
        False, help="give a handle of the run at once: `await` it, or .stop() it"
    )


def reference() -> str:
    """Every option as a page in Markdown, for the documentation."""
    pages = [
        ("Options of a run", RunOptions),
        ("Of the shell's run alone", ShellOptions),
        ("Of a cell alone", CellOptions),
    ]
    return tables(pages)
