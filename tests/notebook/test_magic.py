"""The magic in a shell of IPython: its line, the notebook's defaults, objects by their names."""

import pytest
from IPython.core.error import UsageError
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
    async def cell(line, questions="What is 2 + 3?\nWhat is 7 * 8?"):
        return await shell.run_cell_magic("dynscale", line, questions)

    return cell


async def test_the_result_is_the_value_of_the_cell_and_the_variable(shell, ask):
    result = await ask("--budget 8 --seed 1 -o result")
    assert shell.user_ns["result"] is result
    assert (result.spent, result.policy) == (8, "flip")


async def test_a_default_of_the_notebook_holds_where_the_line_says_nothing(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okg'")
    shell.run_line_magic("config", "DynscaleMagics.budget = 6")
    result = await ask("--seed 1")
    assert (result.policy, result.spent) == ("okg", 6)


async def test_an_option_on_the_line_wins(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okg'")
    result = await ask("--budget 8 --policy uniform")
    assert result.policy == "uniform"


async def test_a_default_that_cannot_be_is_told_in_one_line(shell, ask):
    shell.run_line_magic("config", "DynscaleMagics.policy = 'okgg'")
    with pytest.raises(UsageError, match="did you mean 'okg'"):
        await ask("--budget 8")


def test_config_lists_every_option_with_its_help(shell, capsys):
    shell.run_line_magic("config", "DynscaleMagics")
    text = capsys.readouterr().out
    assert "DynscaleMagics.token_limit" in text
    assert "tokens to use in all, in and out together" in " ".join(text.split())


async def test_objects_are_named_by_their_variables(shell, ask):
    shell.user_ns |= {
        "mine": dn.ScriptedModel(lambda request: "so: b"),
        "read": lambda text: text[-1],
        "rule": dn.FlipBelow(0.2),
        "first": type(
            "First", (dn.Policy,), {"scores": lambda self, arms, rng: -arms.pulls * 1.0}
        )(),
        "words": dn.Template(system="Be brief."),
    }
    result = await ask(
        "--budget 40 -m mine --extract read --stop rule -p first --template words", "q?"
    )
    assert (result.answers, result.policy, result.stopped) == (["b"], "First", "settled")
    assert shell.user_ns["mine"].requests[0].messages[0]["content"] == "Be brief."


async def test_a_name_of_the_fields_is_not_taken_for_a_variable_of_another_kind(shell, ask):
    shell.user_ns["okg"] = [1, 2]
    assert (await ask("--budget 4 -p okg")).policy == "okg"


async def test_a_template_that_is_no_variable_is_told(ask):
    with pytest.raises(UsageError, match="no variable 'word' in this notebook"):
        await ask("--budget 4 --template word")


async def test_prices_of_three_are_taken_by_a_panel(ask):
    panel = await ask("--budget 4 --panel --model tiny --prices 1,2,0.5")
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
async def test_a_mistake_on_the_line_is_one_line(ask, line, says):
    with pytest.raises(UsageError) as error:
        await ask(line)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
