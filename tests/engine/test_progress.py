"""The progress line: at most ten a second, and one at the end."""

import sys
from datetime import datetime

from gated import Clock

import dynscaling_nb as dn
from dynscaling_nb.engine.progress import Progress, SeriesProgress, on_terminal
from dynscaling_nb.events import Drawn, Started, Waiting

MODEL = dn.ScriptedModel(lambda request: "The answer is 7.")


def shown(steps, model=MODEL):
    """The lines of a run of twenty responses, with this much time before each."""
    clock, lines = Clock(), []
    progress = Progress(lambda line, over: lines.append((line, over)), clock=clock)

    def observer(event):
        if isinstance(event, Drawn):
            clock.now += steps
        progress(event)

    dn.run(["a?", "b?"], budget=20, model=model, depth=0, seed=1, observers=[observer])
    return lines


def test_there_are_at_most_ten_lines_a_second():
    assert len(shown(0.04)) == 1 + 6 + 1  # every third response, the start and the end
    assert len(shown(0.2)) == 1 + 20 + 1
    assert len(shown(0.0)) == 2


def test_a_line_says_how_many_responses_are_drawn_and_questions_settled():
    lines = shown(0.2)
    assert "0/20" in lines[0][0]
    assert "0/2 settled" in lines[0][0]
    assert "20/20" in lines[-1][0]
    assert "2/2 settled" in lines[-1][0]
    assert [over for _, over in lines] == [False] * 21 + [True]


def test_more_than_a_tenth_of_unread_responses_is_counted_in_the_line():
    def often(tenths):
        return dn.ScriptedModel(
            lambda r: "Who knows?\n\nNot me." if r.index < tenths else "The answer is 7."
        )

    assert shown(0.0, often(2))[-1][0].endswith("2/2 settled, 4 unread]")
    assert shown(0.0, often(1))[-1][0].endswith("2/2 settled]")


def test_off_a_terminal_the_first_and_the_last_line_are_written(capsys):
    dn.run(["a?"], budget=4, model=MODEL, observers=[on_terminal()])
    written = capsys.readouterr().err
    first, last = written.splitlines()
    assert "0/4" in first
    assert "4/4" in last
    assert "\r" not in written


def test_a_long_wait_is_a_line_with_its_end():
    lines = []

    def observer(event):
        progress(event)
        if isinstance(event, Started):
            progress(Waiting(90))

    progress = Progress(
        lambda line, over: lines.append(line), now=lambda: datetime(2026, 1, 1, 23, 59)
    )
    dn.run(["a?"], budget=1, model=MODEL, observers=[observer])
    assert "waits for the server until 00:00:30, 0/1 settled" in lines[1]
    assert "waits" not in lines[0] + lines[2]


def test_on_a_terminal_a_line_replaces_the_one_before(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    dn.run(["a?"], budget=4, model=MODEL, observers=[on_terminal()])
    written = capsys.readouterr().err
    assert written.startswith("\r")
    assert written.endswith("\n")


def test_runs_after_one_another_share_a_bar_of_responses_with_tokens_and_time_left(capsys):
    model = dn.ScriptedModel(lambda request: "The answer is 7.", delay=0.001)
    with SeriesProgress(14) as progress:
        for name, budget, stop in (("first", 4, None), ("second", 10, "ac")):
            progress.begin(name)
            options = {"depth": 0, "stop": stop, "concurrency": 1, "observers": [progress]}
            result = dn.run(["a?"], budget=budget, model=model, **options)
    lines = capsys.readouterr().err.split("\r")
    tokens = 4 * (result.usage.prompt_tokens + result.usage.completion_tokens) // result.spent
    (after_first,) = [
        line for line in lines if " 4/14 [" in line and f"{tokens} tokens, first" in line
    ]
    assert "response/s" in after_first
    assert result.spent < 10
    total = 4 + result.spent
    assert any(f" {total}/{total} [" in line and "tokens, second" in line for line in lines)
    assert not lines[-1].strip()  # the bar is gone
