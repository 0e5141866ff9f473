"""The same as code: what a panel is set to, as a cell and as a call."""

import shlex

import dynscaling_nb as dn
from dynscaling_nb.notebook.codegen import call, cell, default_c
from dynscaling_nb.options import RunOptions

PLAIN = [dn.Query("1", "What is 2 + 3?"), dn.Query("2", "What's 7 * 8?")]
GOLD = [dn.Query("a", "What is 2 + 3?", "5")]


def options(**values):
    return RunOptions.of(**{"budget": 8, **values})


def last_line(code):
    return code.splitlines()[-1]


def test_options_at_their_defaults_are_not_written():
    code = cell(options(budget=64), PLAIN, None)
    assert code == "%%dynscale --budget 64\nWhat is 2 + 3?\nWhat's 7 * 8?"
    assert last_line(call(options(), [], "rows")) == "result = await dn.arun(rows, budget=8)"


def test_every_other_option_is_written_in_both_forms():
    changed = options(
        model="tiny",
        base_url="http://127.0.0.1/v1",
        policy="ucb",
        c=0.5,
        stop="ac",
        cancel_settled=True,
        chained_share=0.25,
        depths=(0, 2),
        cost_limit=0.5,
        prices=(1, 2, 0.5),
        max_tokens=100,
        store=False,
        resume="abc",
    )
    assert cell(changed, [], "rows") == (
        "%%dynscale --budget 8 --model tiny --base-url http://127.0.0.1/v1 --max-tokens 100 "
        "--policy ucb -c 0.5 --stop ac --cancel-settled --chained-share 0.25 --depths 0,2 "
        "--cost-limit 0.5 --prices 1,2,0.5 --store none --resume abc --from rows"
    )
    assert last_line(call(changed, [], "rows")) == (
        "result = await dn.arun(rows, budget=8, model='tiny', base_url='http://127.0.0.1/v1', "
        "max_tokens=100, policy='ucb', c=0.5, stop='ac', cancel_settled=True, chained_share=0.25, "
        "depths=(0, 2), cost_limit=0.5, prices=(1, 2, 0.5), store=False, resume='abc')"
    )


def test_the_code_under_a_money_limit_runs_since_it_has_the_prices():
    changed = options(cost_limit=0.5, prices=(1, 2))
    line = shlex.split(cell(changed, [], "rows"))
    assert line[line.index("--prices") + 1] == "1,2"


def test_a_bare_flag_stands_for_its_own_meaning():
    assert "--resume --reuse" in cell(options(resume=True, reuse=True), [], "rows")
    assert "--store default" in cell(options(store=True), [], "rows")


def test_an_object_goes_by_the_name_of_the_variable_that_holds_it():
    judge = dn.Judge(dn.ScriptedModel({}))
    read = lambda text: text  # noqa: E731  a function without a name
    names = {id(judge): "wise"}
    changed = options(equivalence=judge, extract=read, vote_weight=len)

    def name_of(thing):
        return names.get(id(thing))

    assert "--extract my_extract --equivalence wise --vote-weight len" in cell(
        changed, [], "rows", name_of
    )
    assert "extract=my_extract, equivalence=wise, vote_weight=len)" in call(
        changed, [], "rows", name_of
    )


def test_a_store_and_a_path_are_written_as_their_file(tmp_path):
    path = tmp_path / "runs.sqlite"
    assert f"store='{path}'" in call(options(store=dn.Store(path)), [], "rows")
    assert f"--store {path}" in cell(options(store=path), [], "rows")


def test_what_a_user_typed_is_quoted_for_its_form():
    changed = options(model="my model", base_url="http://127.0.0.1/v1")
    assert "--model 'my model' --base-url http://127.0.0.1/v1" in cell(changed, PLAIN, None)
    scope = {}
    code = call(options(), [dn.Query("1", 'He said "no"\\n')], None)
    exec(code[code.index("questions") : code.index("result")], scope)
    assert scope["questions"] == ['He said "no"\\n']


def test_gold_answers_go_into_the_code():
    row = '{"id": "a", "text": "What is 2 + 3?", "gold": "5"}'
    assert row in cell(options(), GOLD, None)
    assert row in call(options(), GOLD, None)


def test_only_policies_with_exploration_have_a_weight_of_it():
    assert (default_c("ucb"), default_c("paper"), default_c("okg")) == (0.3, 0.25, None)
