"""Responses as Parquet, while a run goes on."""

import pandas as pd
import pytest

import dynscaling_nb as dn
from dynscaling_nb.events import Drawn, Finished
from dynscaling_nb.records import Pull, Response
from dynscaling_nb.storage import parquet


def by_seed(request):
    return f"I think, for the {request.index}th time.\nThe answer is {request.seeds[0] % 3}."


def questions(count):
    return [f"Question number {i}?" for i in range(count)]


def test_a_file_is_written_for_every_so_many_responses(tmp_path):
    folder, files = tmp_path / "responses", []
    observer = dn.Parquet(folder, every=50)

    def look(event):
        if isinstance(event, Drawn):
            files.append(len(list(folder.glob("*.parquet"))))

    model = dn.ScriptedModel(by_seed)
    result = dn.run(questions(30), budget=120, model=model, observers=[observer, look])
    assert [files[48], files[50], files[110]] == [0, 1, 2]
    table = pd.read_parquet(folder)
    assert table.text.tolist() == [r.text for r in result.responses]
    assert table.sources.map(list).tolist() == [list(r.sources) for r in result.responses]
    assert table.prompt_tokens.sum() == result.usage.prompt_tokens


def test_another_run_adds_files_and_resumed_responses_are_not_written_again(tmp_path):
    folder = tmp_path / "responses"
    model = dn.ScriptedModel(by_seed)
    options = {"store": tmp_path / "runs.sqlite", "resume": True, "seed": 1}
    dn.run(questions(3), budget=9, model=model, observers=[dn.Parquet(folder)], **options)
    dn.run(questions(3), budget=12, model=model, observers=[dn.Parquet(folder)], **options)
    assert len(pd.read_parquet(folder)) == 12
    assert len(list(folder.glob("*.parquet"))) == 2


def test_a_file_has_another_name_until_it_is_whole(tmp_path, monkeypatch):
    folder = tmp_path / "responses"
    observer = dn.Parquet(folder)
    response = Response("1", 0, "parallel", "text", "7", ())
    observer(Drawn(Pull(0, 0, 0, "parallel"), response))

    def write(responses, path):
        path.write_text("half a")
        raise OSError("the disk is full")

    monkeypatch.setattr(parquet, "write", write)
    with pytest.raises(OSError, match="full"):
        observer(Finished("budget"))
    assert [path.name for path in folder.iterdir()] == ["part-00000.unfinished"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(dn.InputError, match="cannot write to the folder"):
        dn.Parquet(tmp_path / "file" / "folder")
    with pytest.raises(dn.InputError, match="at least 1 response a file, got 0"):
        dn.Parquet(tmp_path / "folder", every=0)
