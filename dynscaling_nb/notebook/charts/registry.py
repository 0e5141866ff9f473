"""The live charts of a run, and those of the what-if explorer, in the order of the page."""

from dynscaling_nb.evaluation.reallocation import Reallocation
from dynscaling_nb.notebook.charts._flip_probability import LiveFlipProbability
from dynscaling_nb.notebook.charts._pulls import LivePulls
from dynscaling_nb.notebook.charts._scores import LiveScores
from dynscaling_nb.notebook.charts._votes import LiveVotes
from dynscaling_nb.notebook.charts._what_if import LiveCurves, LiveReallocation, share_title
from dynscaling_nb.notebook.charts.live import LiveChart, RunView, WhatIfView

RUN: tuple[LiveChart[RunView], ...] = (
    LivePulls(),
    LiveFlipProbability(),
    LiveScores(),
    LiveVotes(),
)
_REALLOCATION = LiveReallocation()


def what_if_charts(reallocation: Reallocation) -> tuple[LiveChart[WhatIfView], ...]:
    """The charts of the what-if explorer, for reallocations such as this one."""
    return LiveCurves(share_title(reallocation)), _REALLOCATION
