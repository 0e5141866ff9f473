"""Every option is declared once, for the call, the cell, the shell, the panel and the reference."""

import inspect
import subprocess
import sys
from dataclasses import fields

import pytest

import dynscaling_nb as dn
from dynscaling_nb.declaration import arguments, declarations
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.front_ends import CellOptions, ShellOptions, reference
from dynscaling_nb.options import RunOptions

OPTIONS = [field.name for field in fields(RunOptions)]

ADDED = """
import inspect
from dataclasses import dataclass
import dynscaling_nb.options as options
from dynscaling_nb.declaration import option

@dataclass(frozen=True, kw_only=True)
class RunOptions(options.RunOptions):
    colour: str = option("red", help="the colour of the ink", parse=str)

options.RunOptions = RunOptions  # before anything is made from it

import dynscaling_nb as dn
from dynscaling_nb import cli
from dynscaling_nb.front_ends import reference
from dynscaling_nb.notebook.magic import DynscaleMagics

for call in (dn.arun, dn.run, dn.start, dn.Panel):
    assert inspect.signature(call).parameters["colour"].default == "red", call
    documented = call if call is not dn.Panel else dn.Panel.__init__
    assert "the colour of the ink" in inspect.getdoc(documented)
assert "--colour" in DynscaleMagics.dynscale.__doc__
assert DynscaleMagics.class_traits()["colour"].default_value == "red"
panel = dn.Panel(["What is 2 + 3?"], colour="blue")
assert "colour='blue'" in panel.text, panel.text
assert "| `colour` | `--colour` | `red` |" in reference()
try:
    cli.main(["run", "--help"])
except SystemExit:
    pass
"""


def test_a_field_that_is_added_is_found_in_all_of_them():
    done = subprocess.run(
        [sys.executable, "-c", ADDED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--colour COLOUR" in done.stdout
    assert "the colour of the ink (red)" in " ".join(done.stdout.split())


@pytest.mark.parametrize("call", [dn.arun, dn.run, dn.start, dn.Panel], ids=lambda c: c.__name__)
def test_a_call_takes_every_option_by_name_with_its_default(call):
    taken = inspect.signature(call).parameters
    assert set(OPTIONS) <= set(taken)
    for name, declared in declarations(RunOptions).items():
        if not declared.required:
            assert taken[name].default == declared.default


def test_the_shell_has_every_option_that_a_cell_has_but_those_of_code():
    shell = {form["dest"] for _, form in arguments(RunOptions)}
    cell = {form["dest"] for _, form in arguments(RunOptions, cell=True)}
    assert cell - shell == {"template"}
    assert set(OPTIONS) - cell == {"confirm", "observers"}


def test_no_two_flags_are_the_same():
    for kinds in ((RunOptions, ShellOptions), (RunOptions, CellOptions)):
        flags = [
            flag for kind in kinds for names, _ in arguments(kind, cell=True) for flag in names
        ]
        assert len(flags) == len(set(flags))


def test_the_reference_has_a_row_for_every_option():
    page = reference()
    for kind in (RunOptions, ShellOptions, CellOptions):
        for name, declared in declarations(kind).items():
            assert f"| `{name}` |" in page
            assert declared.about.help.replace("|", "\\|") in page


def call_arun(**options):
    return dn.run(["What is 2 + 3?"], **{"budget": 2, **options})


def make_panel(**options):
    return dn.Panel(["What is 2 + 3?"], **options)


@pytest.mark.parametrize("call", [call_arun, make_panel])
def test_an_unknown_keyword_is_one_line_with_the_nearest_name(call):
    with pytest.raises(UnknownName) as error:
        call(bugdet=3)
    assert "unknown option 'bugdet'; did you mean 'budget'?" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": -3}, "budget must be a positive whole number of responses, got -3"),
        ({"concurrency": 0}, "concurrency must be a positive whole number of requests in flight"),
        ({"time_limit": -1}, "time_limit must be a positive number of seconds, got -1"),
        ({"in_memory": "some"}, "in_memory must be one of all, answers, got 'some'"),
        ({"sources": "steady"}, "sources must be one of random, disagreeing, ordered"),
        ({"policy": "okg", "c": 1.0}, "policy 'okg' has no constant 'c'"),
        ({"policy": "okg+ac"}, "unknown policy 'okg+ac'"),
        ({"stop": "acc"}, "unknown stop rule 'acc'; did you mean 'ac'"),
        ({"cost_limit": 1.0}, "prices"),
        ({"chained_share": 2.0}, "chained_share must lie between 0 and 1"),
        ({"model": 7}, "model must be a name or a dn.Model, got 7"),
    ],
)
@pytest.mark.parametrize("call", [call_arun, make_panel])
def test_a_value_that_cannot_be_is_refused_in_one_line(call, options, message):
    with pytest.raises(InputError) as error:
        call(**options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_budget_says_what_a_budget_is():
    with pytest.raises(InputError, match="budget is missing: responses to draw in all"):
        dn.run(["What is 2 + 3?"])


def test_the_defaults_of_a_plan_are_those_of_its_class():
    assert RunOptions.of(budget=4).parallel == dn.Plan().parallel
    assert RunOptions.of(budget=4).depth == dn.Plan().depth
    assert RunOptions.of(budget=4).chained_share == dn.Plan().chained_share


def test_options_that_were_changed_are_known():
    assert RunOptions.of(budget=4, policy="okg", reuse=False).changed == {
        "budget": 4,
        "policy": "okg",
    }
