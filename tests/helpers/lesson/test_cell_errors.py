from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.lab import lab
from helpers.lesson import cell_errors, notebooks
from tests.helpers.fakes import fake_lab, pod, refused

HEADLESS = notebooks.notebooks()["02-headless"]


def cell(beginning: str) -> str:
    return next(one.source for one in notebooks.code_cells(HEADLESS) if one.source.startswith(beginning))


PATCHED, AGED = cell('helpers.apply(lab, "clusterip")'), cell('add_args("demo"')


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Any:
    here = fake_lab()
    monkeypatch.setattr(lab, "_current", [here])
    return here


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        (
            "lab",
            PATCHED,
            "the cell of section 2.1 The Service that begins `lab = helpers.connect()` makes it",
        ),
        ("add_args", AGED, "section 2.5 New pods: the fifth switch that begins `def add_args"),
        ("log", cell("second = "), "section 2.3 One line more that begins `%%pod --to log`"),
        ("lab", "lab.core.list_node()  # the reader's own", "`lab = helpers.connect()`"),
    ],
)
def test_a_missing_name_is_made_by_a_cell(name: str, source: str, said: str) -> None:
    assert said in (cell_errors.sentence(NameError("no", name=name), source) or "")


def test_the_nearest_cell_above_is_named_and_none_below(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [notebooks.CodeCell(f"x = {n}", f"{n} Part", n) for n in (1, 2)]
    book = [*made, notebooks.CodeCell("x", "2 Part", 2), notebooks.CodeCell("x = 3", "3 Part", 3)]
    monkeypatch.setattr(notebooks, "notebooks", lambda: {"one": HEADLESS})
    monkeypatch.setattr(notebooks, "code_cells", lambda _: book)
    assert "begins `x = 2`" in (cell_errors.sentence(NameError("no", name="x"), "x") or "")


def test_the_notebook_of_this_kernel_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/04-envoy.ipynb")
    assert "section 4.1" in (cell_errors.sentence(NameError("no", name="pods"), "pods[0]") or "")


def test_a_name_that_no_notebook_makes_is_left_to_python() -> None:
    assert cell_errors.sentence(NameError("no", name="nmae"), PATCHED) is None


def test_what_is_not_found_says_which_cells_apply_it() -> None:
    said = cell_errors.sentence(refused(404, "services demo-headless not found"), PATCHED) or ""
    assert "(services demo-headless not found). Run the cells with helpers.apply in section 2.1" in said


def test_any_other_answer_is_the_servers_words() -> None:
    said = cell_errors.sentence(refused(403, "not you"), PATCHED)
    assert said == "The API server refused (403): not you."


def test_without_any_greeter_that_is_the_reason(connected: Any) -> None:
    said = cell_errors.sentence(IndexError("list index out of range"), PATCHED) or ""
    assert said.startswith("No greeter runs in namespace me,")
    connected.objects.put(pod("demo-1"))
    assert cell_errors.sentence(IndexError("list index out of range"), PATCHED) is None


@pytest.mark.usefixtures("connected")
def test_a_missing_file_is_no_missing_greeter() -> None:
    assert cell_errors.sentence(FileNotFoundError("../manifests"), PATCHED) is None


def test_a_readers_own_cell_keeps_its_error(connected: Any) -> None:
    assert cell_errors.sentence(IndexError("mine"), "[][0]") is None
    connected.objects.refusals["list", "Pod"] = ApiException(status=500)
    assert cell_errors.sentence(IndexError("list index"), PATCHED) is None


def test_outside_of_a_kernel_nothing_is_installed() -> None:
    cell_errors.install()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 1\nc: int = 2", {"a", "b", "c"}),
        ("import pandas as pd\nimport os.path\nfrom x import y", {"pd", "os", "y"}),
        ("def f(g):\n    h = 1", {"f"}),
        ("for x, (y, z) in pairs:\n    print(x)", {"x", "y", "z"}),
        ("with open(a) as f:\n    pass", {"f"}),
        ("%matplotlib inline", set()),
        ("!kubectl get pods\na = 1", {"a"}),
        ("%%pod --to log --env a\nb = 1", {"log"}),
        ("%%pod\nb = 1", set()),
        ("a = (", set()),
    ],
)
def test_names_made(source: str, names: set[str]) -> None:
    assert notebooks.names_made(source) == names
