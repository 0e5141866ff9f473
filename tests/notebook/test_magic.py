"""The magic in a shell of IPython: its line, the notebook's defaults, objects by their names."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import dynscaling_nb as dn
from dynscaling_nb.notebook.magic import load, unload


@pytest.fixture
def shell():
    shell = InteractiveShell.instance()
    load(shell)
    yield shell
    unload(shell)
    InteractiveShell.clear_instance()


@pytest.fixture
def ask(shell):
    def cell(line, questions="What is 2 + 3?\nWhat is 7 * 8?"):
        return shell.run_cell_magic("dynscale", line, questions)

    return cell


def test_the_result_is_the_value_of_the_cell_and_the_variable(shell, ask):
    result = ask("--budget 8 --seed 1 -o result")
    assert shell.user_ns["result"] is result
    assert (result.spent, result.policy) == (8, "flip")


def test_a_default_of_the_notebook_holds_where_the_line_says_nothing(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okg'")
    shell.run_line_magic("config", "DynscaleMagics.budget = 6")
    result = ask("--seed 1")
    assert (result.policy, result.spent) == ("okg", 6)


def test_an_option_on_the_line_wins(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okg'")
    result = ask("--budget 8 --policy uniform")
    assert result.policy == "uniform"


def test_a_default_that_cannot_be_is_told_in_one_line(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okgg'")
    with pytest.raises(dn.InputError, match="did you mean 'okg'"):
        ask("--budget 8")


def test_config_lists_every_option_with_its_help(shell, capsys):
    shell.run_line_magic("config", "DynscaleMagics")
    text = capsys.readouterr().out
    assert "DynscaleMagics.token_limit" in text
    assert "tokens to use in all, in and out together" in " ".join(text.split())


def test_objects_are_named_by_their_variables(shell, ask):
    shell.user_ns |= {
        "mine": dn.ScriptedModel(lambda request: "so: b"),
        "read": lambda text: text[-1],
        "rule": dn.FlipBelow(0.2),
        "first": type(
            "First", (dn.Policy,), {"scores": lambda self, arms, rng: -arms.pulls * 1.0}
        )(),
        "words": dn.Template(system="Be brief."),
    }
    result = ask("--budget 40 -m mine --extract read --stop rule -p first --template words", "q?")
    assert (result.answers, result.policy, result.stopped) == (["b"], "First", "settled")
    assert shell.user_ns["mine"].requests[0].messages[0]["content"] == "Be brief."


def test_a_name_of_the_fields_is_not_taken_for_a_variable_of_another_kind(shell, ask):
    shell.user_ns["okg"] = [1, 2]
    assert ask("--budget 4 -p okg").policy == "okg"


def test_a_template_that_is_no_variable_is_told(ask):
    with pytest.raises(dn.InputError, match="no variable 'word' in this notebook"):
        ask("--budget 4 --template word")


def test_prices_of_three_are_taken_by_a_panel(ask):
    panel = ask("--budget 4 --panel --model tiny --prices 1,2,0.5")
    assert panel.controls.options.prices == (1, 2, 0.5)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--polcy ucb --budget 8", "did you mean --policy?"),
        ("--budget many", "positive whole number of responses, got 'many'"),
        ("", "say how many responses to draw in all"),
        ("--budget 8 -o 2x", "name of a variable, got '2x'"),
        ("--budget 8 --stop acc", "did you mean 'ac'"),
        ("--budget 8 --from quest", "questions come either from the cell or from --from"),
    ],
)
def test_a_mistake_on_the_line_is_one_line(ask, line, says):
    with pytest.raises(dn.InputError) as error:
        ask(line)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def ran(shell, source):
    """The value of a cell. An error in it is raised."""
    outcome = shell.run_cell(source)
    outcome.raise_error()
    return outcome.result


CALL = "get_ipython().run_cell_magic('dynscale', '--budget 4 --seed 1 -o r', 'What is 2 + 3?')"


@pytest.mark.parametrize(
    "source",
    [
        "%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        "%%time\n%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        "%%timeit -q -n1 -r1\n%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        "%%capture shown\n%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        f"def ask():\n    {CALL}\nfor _ in range(2):\n    ask()",
        f"with open('/dev/null'):\n    {CALL}",
    ],
)
def test_it_runs_under_other_magics_and_from_other_code(shell, source):
    ran(shell, source)
    assert shell.user_ns["r"].answers == ["5"]


def test_a_cell_with_other_lines_above_the_magic_says_what_to_do(shell):
    with pytest.raises(dn.InputError, match="must be the first line of its cell"):
        ran(shell, "x = 1\n%%dynscale --budget 4\nWhat's {x}?")
    assert ran(shell, "'''\n%%dynscale\n'''") == "\n%%dynscale\n"


def test_a_run_in_the_background_needs_a_loop_that_goes_on(ask):
    with pytest.raises(dn.InputError, match="here nothing runs after the call; leave it out"):
        ask("--budget 8 --background")


def test_questions_are_blocks_with_variables_filled_in(shell, ask, capsys):
    shell.user_ns["topic"] = "2 + 3"
    result = ask("--budget 8 --seed 1", "# sums\nWhat is\n{topic}?\n---\nWhat is 3 + 4?\n")
    assert [query.text for query in result.queries] == ["What is\n2 + 3?", "What is 3 + 4?"]
    assert "Filled in: topic = 2 + 3." in capsys.readouterr().out


def test_what_holds_no_value_of_the_user_is_not_filled_in(shell, ask):
    shell.user_ns |= {
        "echo": dn.ScriptedModel(lambda request: "so: b"),
        "_hidden": 1,
        "function": len,
        "module": dn,
        "kind": int,
    }
    text = "{_hidden} {function} {module} {kind} {In} {exit} {unknown}?"
    assert ask("--budget 1 -m echo", text).queries[0].text == text


def test_options_on_lines_of_their_own_are_told_before_anything_is_drawn(shell, ask):
    model = shell.user_ns["echo"] = dn.ScriptedModel(lambda request: "so: b")
    with pytest.raises(dn.InputError, match=r"'\(A\) 4' looks like an option"):
        ask("--budget 8 -m echo", "Which is a prime?\n(A) 4\n(B) 7")
    assert model.requests == []
