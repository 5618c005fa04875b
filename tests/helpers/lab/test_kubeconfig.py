from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

from helpers.lab import connection, kubeconfig
from helpers.lab.errors import LabError


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Jupyter keeps what a kernel needs, and no kubeconfig but those of a test."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "")
    monkeypatch.delenv("KUBECONFIG")
    return tmp_path / "runtime"


def write(path: Path, *names: str) -> Path:
    told = {
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}:6443"}} for name in names],
        "users": [{"name": name, "user": {"token": f"of-{name}"}} for name in names],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
        "current-context": names[0],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(told))
    return path


def seen(*words: str) -> dict[str, str]:
    """What kubectl takes: context, namespace, server and token."""
    command = ["kubectl", "config", "view", "--minify", "--raw", "--output=json", *words]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603
    return {
        "context": told["current-context"],
        "namespace": told["contexts"][0]["context"].get("namespace", ""),
        "server": told["clusters"][0]["cluster"]["server"],
        "token": told["users"][0]["user"]["token"],
    }


def of(name: str, namespace: str) -> dict[str, str]:
    return {"context": name, "namespace": namespace, "server": f"https://{name}:6443", "token": f"of-{name}"}


def test_kubectl_sees_the_named_context_and_the_users_current_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write(tmp_path / "with space" / "mine", "prod", "kind-demo")
    monkeypatch.setenv("KUBECONFIG", str(mine))
    before = mine.read_text()
    said = kubeconfig.lead_kubectl(kubeconfig.kubeconfig(), "kind-demo", "me")
    assert "context kind-demo, namespace me" in said
    assert seen() == of("kind-demo", "me")
    assert seen("--context=prod") == of("prod", "")
    assert mine.read_text() == before
    assert kubeconfig.kubeconfig() == str(mine)


def test_the_local_cluster_does_not_hide_what_the_user_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "mine", "prod")))
    local = write(tmp_path / "state" / "kubeconfig", "local")
    for namespace in ("a", "b"):
        kubeconfig.lead_kubectl(str(local), "local", namespace)
        assert seen() == of("local", namespace)
    assert seen("--context=prod") == of("prod", "")
    assert kubeconfig.kubeconfig() == str(tmp_path / "mine")
    with pytest.raises(LabError, match=r'no context "local" in .*mine; it has: prod'):
        connection.server_of("local")


def test_without_a_variable_the_one_in_the_home_folder_stays(tmp_path: Path) -> None:
    mine = write(tmp_path / ".kube" / "config", "prod")
    kubeconfig.lead_kubectl(str(write(tmp_path / "local", "local")), "local", "me")
    assert seen("--context=prod") == of("prod", "")
    assert kubeconfig.kubeconfig() == str(mine)


def test_the_file_is_private_holds_no_token_and_there_is_one_for_each_lab(
    tmp_path: Path, runtime: Path
) -> None:
    local = write(tmp_path / "local", "local")
    for _ in range(2):
        kubeconfig.lead_kubectl(str(local), "local", "me")
    (file,) = runtime.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert "of-local" not in file.read_text()


def test_a_runtime_folder_that_cannot_be_made_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file" / "runtime"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    kubeconfig.lead_kubectl(str(write(tmp_path / "local", "local")), "local", "me")
    assert os.environ["KUBECONFIG"].startswith(str(tmp_path / "tmp"))
    assert seen() == of("local", "me")


def nobody(_number: int) -> None:
    raise KeyError


def test_a_user_without_a_home_folder_reads_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(LabError, match=r"has no home folder; set HOME, or KUBECONFIG"):
        connection.server_of("kind-demo")
    with pytest.raises(LabError, match=r"has no home folder; set HOME, or LOCALCLUSTER_HOME"):
        connection.connect()
