from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from IPython.core.error import UsageError

from helpers.lab import lab
from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from helpers.lesson import pod_magic
from tests.helpers.fakes import fake_lab, refused, waiting

CELL = """\
import json
print("first")
def divide():
    return 1 / int('0')
divide()
"""


def kept(source: str, error: str = "") -> pod_magic.Output:
    """What a cell shows of a program that this Python runs as the pod's would."""
    ran = subprocess.run(  # noqa: S603 - the test's own program
        [sys.executable, "-I", "-u", "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    output = pod_magic.Output(source)
    for line in (ran.stdout + error).splitlines():
        output.take(line)
    return output


def test_output_is_printed_and_a_final_traceback_is_kept_with_the_readers_lines() -> None:
    output = kept(CELL)
    assert output.text() == "first\n"
    assert output.traceback[:2] == ["Traceback (most recent call last):", "  Cell, line 6, in <module>"]
    assert output.traceback.count("    divide()") == 1
    assert "    return 1 / int('0')" in output.traceback
    assert output.traceback[-1] == "ZeroDivisionError: division by zero"


def test_a_chain_of_exceptions_is_kept_whole() -> None:
    output = kept("try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('no a')\n")
    assert output.text() == ""
    assert "KeyError: 'a'" in output.traceback
    assert output.traceback[-1] == "ValueError: no a"


def test_a_syntax_error_is_kept() -> None:
    output = kept("print('never')\nif\n")
    assert output.text() == ""
    assert output.traceback[0] == "  Cell, line 3"
    assert output.traceback[-1].startswith("SyntaxError")


def test_the_message_of_a_failed_rpc_has_several_lines() -> None:
    message = (
        "grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC:\n\tstatus = StatusCode.UNAVAILABLE\n>"
    )
    frame = '  File "<string>", line 1, in <module>'
    output = kept("", f"Traceback (most recent call last):\n{frame}\n{message}\n")
    assert output.traceback[-3:] == message.splitlines()


def test_a_traceback_that_the_program_survives_is_output() -> None:
    source = "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\nprint('on')\n"
    output = kept(source)
    assert output.traceback == []
    assert output.text().endswith("ZeroDivisionError: division by zero\non\n")


# --- the cell -----------------------------------------------------------------------------------------------

STAMP = "2026-11-24T10:00:00.000000000Z"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A lab whose pod ends with the exit code and the log that a test sets."""
    ended = {"exitCode": 0}

    class Log:
        def stream(self, **_: object) -> Any:
            return here.log

        def close(self) -> None: ...

    here = fake_lab(
        core=SimpleNamespace(read_namespaced_pod_log=lambda *_a, **_k: Log()), ended=ended, log=[]
    )

    def over() -> None:
        [item] = here.objects.select("Pod", "me")
        states = [{"name": "greeter", "state": {"terminated": ended}}]
        status = {"phase": "Failed", "containerStatuses": states}
        here.objects.put({**item, "status": status})

    here.objects.meanwhile = [over]
    here.user_ns = {}
    monkeypatch.setattr(lab, "_current", [here])
    monkeypatch.setattr(pod_magic, "get_ipython", lambda: here)
    return here


def made(place: Any, monkeypatch: pytest.MonkeyPatch) -> list[Object]:
    """The pods that were made."""
    found: list[Object] = []
    create = place.objects.create

    def noting(item: Object, namespace: str) -> Object:
        found.append(item)
        return dict(create(item, namespace))

    monkeypatch.setattr(place.objects, "create", noting)
    return found


def test_the_pod_is_plain_and_gone_afterwards(
    place: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = made(place, monkeypatch)
    place.log = [f"{STAMP} one\n{STAMP} tw".encode(), b"o\n"]
    place.user_ns["known"] = "a text\nof two lines"
    pod_magic.pod("--name mine --env A=1 --env B=x=y --env known --to said", CELL)
    [container] = pods[0]["spec"]["containers"]
    assert pods[0]["metadata"]["name"] == "mine"
    assert container["command"] == ["python", "-c", CELL]
    assert "args" not in container
    assert {"name": "A", "value": "1"} in container["env"]
    assert {"name": "B", "value": "x=y"} in container["env"]
    assert {"name": "known", "value": "a text\nof two lines"} in container["env"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert capsys.readouterr().out == "one\ntwo\n"
    assert place.user_ns["said"] == "one\ntwo\n"
    assert place.objects.select("Pod", "me") == []


def test_a_pod_that_is_shown_does_not_run(place: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pod_magic.pod("--show --name mine", CELL)
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["metadata"]["name"] == "mine"
    assert shown["spec"]["containers"][0]["command"] == ["python", "-c", CELL]
    assert place.objects.calls == []


def test_an_exception_is_the_cells_error(place: Any) -> None:
    place.ended["exitCode"] = 1
    text = ["Traceback (most recent call last):", '  File "<string>", line 5, in <module>', "ValueError: no"]
    place.log = ["".join(f"{STAMP} {line}\n" for line in text).encode()]
    with pytest.raises(pod_magic.PodError, match=r"pod run-\w+ ended with exit status 1") as caught:
        pod_magic.pod("", CELL)
    assert caught.value._render_traceback_()[:3] == [text[0], "  Cell, line 6, in <module>", "    divide()"]
    assert place.objects.select("Pod", "me") == []


def test_a_missing_image_is_one_sentence_and_leaves_no_pod(place: Any) -> None:
    def no_image() -> None:
        [item] = place.objects.select("Pod", "me")
        place.objects.put({**item, "status": {"phase": "Pending", **waiting("ImagePullBackOff")}})

    place.objects.meanwhile = [no_image]
    with pytest.raises(LabError, match="ImagePullBackOff"):
        pod_magic.pod("", CELL)
    assert place.objects.select("Pod", "me") == []


def test_an_interrupt_leaves_no_pod(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place.core, "read_namespaced_pod_log", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pod_magic.pod("", CELL)
    assert place.objects.select("Pod", "me") == []


def test_a_refused_pod_is_the_servers_words(place: Any) -> None:
    place.objects.refusals["create", "Pod"] = refused(403, "exceeded quota")
    with pytest.raises(LabError, match="was refused: exceeded quota"):
        pod_magic.pod("", CELL)


def test_without_a_lab_it_says_how_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_current", [])
    with pytest.raises(LabError, match=r"helpers\.connect"):
        pod_magic.pod("", CELL)


@pytest.mark.parametrize("line", ["--env A", "--env =1", "--no-such-option", "--timeout soon"])
def test_wrong_options_are_said(line: str, place: Any) -> None:
    with pytest.raises(UsageError):
        pod_magic.pod(line, CELL)
    assert place.objects.calls == []
