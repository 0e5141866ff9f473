"""Options as fields of a dataclass: what is made from them."""

from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from inspect import signature

import pytest

from dynscaling_nb.declaration import (
    arguments,
    budget_text,
    calls,
    check,
    declarations,
    depths_text,
    make,
    one_of,
    option,
    positive,
    prices_text,
    store_text,
    tables,
)
from dynscaling_nb.errors import InputError, UnknownName


@dataclass(frozen=True, kw_only=True)
class Tea:
    cups: int = option(help="how many cups", parse=int, flag="-c", check=positive("cups"))
    milk: bool = option(False, help="with milk")
    kind: str = option("green", help="which tea", parse=str, choices=("green", "black"))
    again: bool | str = option(False, help="once more", parse=str, bare=True)
    pot: object = option(None, help="a pot of your own", variable=object, steerable=True)

    def __post_init__(self):
        check(self)


def parsed(words, **place):
    parser = ArgumentParser()
    for flags, form in arguments(Tea, **place):
        parser.add_argument(*flags, **form)
    return vars(parser.parse_args(words))


def test_only_what_was_typed_comes_out():
    assert parsed(["-c", "2"]) == {"cups": 2}
    assert parsed(["--cups", "2", "--milk", "--again", "--kind", "black"]) == {
        "cups": 2,
        "milk": True,
        "again": True,
        "kind": "black",
    }
    assert parsed(["-c", "2", "--again", "today"])["again"] == "today"


def test_in_a_cell_nothing_must_be_typed_and_objects_go_by_name():
    assert parsed(["--pot", "mine"], cell=True) == {"pot": "mine"}
    with pytest.raises(SystemExit):
        parsed([])


def test_a_dataclass_is_made_from_names_that_it_has():
    assert make(Tea, {"cups": 2}).kind == "green"
    with pytest.raises(UnknownName, match="unknown option 'cup'; did you mean 'cups'"):
        make(Tea, {"cup": 2})
    with pytest.raises(InputError, match="cups is missing: how many cups"):
        make(Tea, {})
    with pytest.raises(InputError, match="cups must be a positive number of cups, got -1"):
        make(Tea, {"cups": -1})


def test_a_signature_has_the_first_arguments_and_then_every_option():
    def brew(water, **options): ...

    assert str(calls(Tea, brew, int)) == (
        "(water, *, cups: int, milk: bool = False, kind: str = 'green', "
        "again: bool | str = False, pot: object = None) -> int"
    )
    assert list(signature(brew).parameters) == ["water", "options"]


def test_flags_switches_and_defaults_are_known():
    declared = declarations(Tea)
    assert declared["cups"].flags == ["-c", "--cups"]
    assert declared["cups"].required
    assert (declared["milk"].is_switch, declared["again"].is_switch) == (True, False)
    assert (declared["pot"].has_flag, declared["pot"].default) == (False, None)


def test_the_page_has_a_row_for_each():
    page = tables([("Tea", Tea)])
    assert "## Tea" in page
    assert "| `cups` | `-c`, `--cups` |  | how many cups |" in page
    assert "| `pot` |  | `None` | a pot of your own; can be changed during a run; in a cell" in page


@pytest.mark.parametrize("value", [0, -1, "2", True, None])
def test_a_positive_number_is_one(value):
    with pytest.raises(InputError, match="n must be a positive number of cups"):
        positive("cups")("n", value)


def test_whole_numbers_and_words_are_held_against_what_they_may_be():
    positive("cups", whole=True)("n", 2)
    with pytest.raises(InputError, match="positive whole number of cups, got 2.5"):
        positive("cups", whole=True)("n", 2.5)
    with pytest.raises(InputError, match="kind must be one of green, black, got 'red'"):
        one_of("green", "black")("kind", "red")


def test_texts_are_read_or_refused():
    assert budget_text("12") == 12
    assert depths_text("0,2,4") == (0, 2, 4)
    assert prices_text("1,2,0.5") == (1.0, 2.0, 0.5)
    assert [store_text(t) for t in ("none", "default", "a.sqlite")] == [False, True, "a.sqlite"]
    for read, text in ((budget_text, "0"), (depths_text, "0,x"), (prices_text, "1")):
        with pytest.raises(ArgumentTypeError, match=f"got '{text}'"):
            read(text)
