"""nbgrader grades three submissions of every exercise: a perfect, an empty and a cheating one."""

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

SOURCE = Path(__file__).parents[1] / "notebooks" / "exercises" / "source"
POINTS = {"1_votes": 10, "2_ucb": 10, "3_budget": 12, "4_chain": 12}
BY_HAND = {"4_chain": 8}  # points that a teacher gives
CHEATS = {  # right for the tests that students see, and for nothing else
    "leader": """\
def leader(answers):
    if None in answers:
        return "3"
    return {"a": "b", "7": "7"}[answers[0]] if answers else None
""",
    "uncertainty": """\
def uncertainty(answers):
    return {4: 0.25, 0: 1, 1: 0}[len(answers)]
""",
    "flip": """\
def flip_probability(a, b):
    return 0.1875 if a != b else 0.5
""",
    "ucb": """\
class UCB(dn.Policy):
    def __init__(self, c=0.25):
        self.c = c

    def scores(self, arms, rng):
        return np.array([0, 0.75]) + 0.5 * np.sqrt(np.log(8) / 4)
""",
    "starves": """\
def starves(c):
    return c == 0
""",
    "believing": """\
class Believing(UCB):
    def scores(self, arms, rng):
        return np.array([0.25, 0.5])
""",
    "mine": """\
class Mine(dn.Policy):
    def scores(self, arms, rng):
        return -arms.pulls.astype(float)


def gain(policy, *_, **__):
    return 9.0 if isinstance(policy, Mine) else 0.0
""",
    "strategy": """\
mine = dn.Strategy("default", policy="default", plan=dn.Plan())
""",
    "measure": "pass",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(SOURCE, root / "source")
    # nbgrader calls alembic by its name
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "dynscaling"
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    config.ExecutePreprocessor.timeout = 300
    api = NbGraderAPI(config=config)
    for name in POINTS:
        done = api.generate_assignment(name)
        assert done["success"], done.get("error") or done.get("log")
    return root, api


def cells(path):
    return nbformat.read(path, 4).cells


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def hand_in(root, student, name, source, change=lambda cell: None):
    notebook = nbformat.read(source, 4)
    for cell in notebook.cells:
        change(cell)
    place = root / "submitted" / student / name
    place.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, place / f"{name}.ipynb")


def cheat(cell):
    if grade_id(cell) in CHEATS:
        cell.source = CHEATS[grade_id(cell)]
    elif cell.metadata.get("nbgrader", {}).get("grade"):
        cell.source = "pass"  # tests that are edited away are put back by nbgrader


@pytest.mark.parametrize("name", POINTS)
def test_points_add_up_and_every_test_hides_some(name):
    graded = [
        cell
        for cell in cells(SOURCE / name / f"{name}.ipynb")
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert sum(cell.metadata.nbgrader.points for cell in graded) == POINTS[name]
    assert all(
        "### BEGIN HIDDEN TESTS" in cell.source for cell in graded if cell.cell_type == "code"
    )


@pytest.mark.parametrize("name", POINTS)
def test_the_release_has_no_solutions_and_no_hidden_tests(course, name):
    root, _ = course
    text = json.dumps(json.loads((root / "release" / name / f"{name}.ipynb").read_text()))
    assert "BEGIN SOLUTION" not in text
    assert "HIDDEN TESTS" not in text
    solved = [
        c
        for c in cells(SOURCE / name / f"{name}.ipynb")
        if c.metadata.get("nbgrader", {}).get("solution") and c.cell_type == "code"
    ]
    released = {grade_id(c): c for c in cells(root / "release" / name / f"{name}.ipynb")}
    assert all("YOUR CODE HERE" in released[grade_id(cell)].source for cell in solved)
    assert not any(c.get("outputs") for c in released.values())


@pytest.mark.parametrize("name", POINTS)
def test_a_perfect_an_empty_and_a_cheating_submission_get_their_marks(course, name):
    root, api = course
    source, release = (
        root / "source" / name / f"{name}.ipynb",
        root / "release" / name / f"{name}.ipynb",
    )
    hand_in(root, "perfect", name, source)
    hand_in(root, "empty", name, release)
    hand_in(root, "cheat", name, release, cheat)
    for student in ("perfect", "empty", "cheat"):
        done = api.autograde(name, student)
        assert done["success"], done.get("error") or done.get("log")
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        scores = {
            student: book.find_submission(name, student).score
            for student in ("perfect", "empty", "cheat")
        }
        points = book.find_assignment(name).max_score
        by_hand = book.find_submission(name, "perfect").needs_manual_grade
    assert points == POINTS[name]
    assert scores == {"perfect": POINTS[name] - BY_HAND.get(name, 0), "empty": 0, "cheat": 0}
    assert by_hand == (name in BY_HAND)
