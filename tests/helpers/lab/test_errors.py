from __future__ import annotations

import pytest
from IPython.testing.globalipapp import start_ipython
from kubernetes.client import ApiException

from helpers.lab.errors import LabError, refusal
from tests.helpers.fakes import refused

CELL = """
from helpers import LabError
try:
    1 / 0
except ZeroDivisionError as error:
    raise LabError("Do this.") from error
"""


def test_a_notebook_shows_the_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    shell = start_ipython()  # type: ignore[no-untyped-call]
    shell.run_cell(CELL)
    shown = capsys.readouterr()
    assert "LabError: Do this." in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err
    assert "ZeroDivisionError" not in shown.out + shown.err


def test_the_cause_is_kept() -> None:
    with pytest.raises(LabError) as caught:
        raise LabError("no") from ValueError("why")
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_refusal_is_the_servers_words_on_one_line() -> None:
    assert refusal(refused(403, r"pods is\nforbidden")) == "pods is forbidden"


def test_an_answer_without_words_gives_its_reason() -> None:
    assert refusal(ApiException(status=502, reason="Bad Gateway")) == "Bad Gateway"
