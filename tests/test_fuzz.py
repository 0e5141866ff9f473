"""Random text wherever text comes in: a result or one of the package's errors, within a second."""

import json
import string

import pytest
from hypothesis import example, given, settings, strategies as st
from IPython.core.interactiveshell import InteractiveShell

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import EXTRACTORS, readable
from dynscaling_nb.cli import main
from dynscaling_nb.errors import DynscalingError
from dynscaling_nb.evaluation.pools import read_pool
from dynscaling_nb.inputs import as_queries, read_file
from dynscaling_nb.models.cached import ResponseCache
from dynscaling_nb.models.thoughts import split_thoughts
from dynscaling_nb.records import Completion

SECOND = settings(deadline=1000, max_examples=300)
PIECES = st.sampled_from(
    [
        "The answer is ",
        "\\boxed{",
        "}",
        "{",
        "####",
        "\\frac{1}{",
        "1,200",
        "-",
        ".",
        "e99",
        "^{999}",
        "10^",
        "1/0",
        " 3 1/2",
        "$",
        "(A)",
        "\n",
        "x" * 999,
        "9" * 400,
        "−½",
        "<think>",
        "</think>",
        "\x00",
        "\ud800",
    ]
)
TEXT = (
    st.text(max_size=300)
    | st.lists(PIECES, max_size=40).map("".join)
    | st.text(string.printable, max_size=300)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "text", "gold", "prior", "answers", "tokens", "key", "usage"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@SECOND
@given(text=TEXT, finish=st.sampled_from(["stop", "length", "refusal"]))
@example(text="The answer is " + "1" * 100_000, finish="stop")
@example(text="\\boxed{" * 5_000, finish="stop")
@example(text="answer is" + " " * 50_000 + "7", finish="stop")
@example(text="1," * 20_000, finish="stop")
@example(text="The answer is 10^{999}", finish="stop")
@example(text="The answer is 10^" + "9" * 400, finish="stop")
def test_every_reader_reads_anything(text, finish):
    for read in EXTRACTORS.values():
        answer = readable(Completion(text, finish=finish), read)
        assert answer is None or (isinstance(answer, str) and answer)
    split_thoughts(text)


@SECOND
@given(rows=st.lists(JSON, max_size=4))
def test_queries_from_anything(rows):
    try:
        assert all(isinstance(query, dn.Query) for query in as_queries(rows))
    except DynscalingError:
        pass


FILE = st.lists(JSON.map(json.dumps) | st.text(max_size=60), max_size=5).map("\n".join).map(
    lambda t: t.encode("utf-8", "surrogatepass")
) | st.binary(max_size=200)


@SECOND
@given(data=FILE)
@example(data=b"[" * 100_000)
@example(data=b'{"id": 1e999, "text": "a", "answers": [NaN]}')
def test_files_of_questions_pools_and_drawn_responses(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    path.write_bytes(data)
    for read in (read_file, read_pool, ResponseCache):
        try:
            read(path)
        except DynscalingError:
            pass


@SECOND
@given(data=st.binary(max_size=300))
def test_zipped_pools(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08" + data)
    try:
        read_pool(path)
    except DynscalingError:
        pass


@pytest.fixture(scope="module")
def shell():
    instance = InteractiveShell.instance()
    instance.run_line_magic("load_ext", "dynscaling_nb")
    yield instance
    instance.run_line_magic("unload_ext", "dynscaling_nb")


WORDS = st.sampled_from(
    [
        "--budget",
        "4",
        "-b",
        "-m",
        "x",
        "--base-url",
        "http://127.0.0.1:9/v1",
        "-p",
        "ucb",
        "-c",
        "0.1",
        "--chained-share",
        "2",
        "--depths",
        "0,2",
        "--prices",
        "1,2",
        "--resume",
        "--store",
        "none",
        "-o",
        "result",
        "--from",
        "nothing",
        "--extract",
        "number",
        "--",
        "'",
        '"',
        "\\",
        "--token-limit",
        "-1",
        "--max-tokens",
        "5",
        "$x",
        "{y}",
        "%",
        "--seed",
    ]
)


@settings(deadline=5000, max_examples=150)
@given(
    line=st.lists(WORDS | st.text(max_size=8), max_size=8).map(" ".join),
    cell=st.sampled_from(["What is 2 + 2?", "", "hm?", "# nothing"]),
)
def test_the_magics_line(shell, line, cell):
    magic = shell.magics_manager.magics["cell"]["dynscale"]

    try:
        magic(line, cell)
    except DynscalingError:
        pass


@settings(deadline=5000, max_examples=60)
@given(
    words=st.lists(
        WORDS.filter(lambda w: w != "-m")
        | st.sampled_from(["run", "replay", "runs", "--out", "/nowhere/x", "QUESTIONS"]),
        max_size=7,
    )
)
def test_the_shells_line(tmp_path_factory, words):
    path = tmp_path_factory.getbasetemp() / "shell.jsonl"
    path.write_text('{"id": "a", "text": "What is 2 + 2?"}\n')
    try:
        code = main([str(path) if word == "QUESTIONS" else word for word in words])
    except SystemExit as end:
        code = end.code
    assert code in (0, 1, 2)
