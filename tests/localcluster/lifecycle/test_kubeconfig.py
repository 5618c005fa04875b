import base64
from pathlib import Path

import yaml

from localcluster.lifecycle import kubeconfig
from localcluster.lifecycle.certificates import Credentials


def test_the_kubeconfig_is_private_and_says_where_and_who(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    credentials = Credentials("PEM: 'text'\n", tmp_path, tmp_path, 'a"b:c')
    kubeconfig.write(path, "https://127.77.0.1:6443", credentials)
    found = yaml.safe_load(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert found["current-context"] == "local"
    assert found["clusters"][0]["cluster"]["server"] == "https://127.77.0.1:6443"
    assert base64.b64decode(found["clusters"][0]["cluster"]["certificate-authority-data"]) == b"PEM: 'text'\n"
    assert found["users"][0]["user"]["token"] == 'a"b:c'
