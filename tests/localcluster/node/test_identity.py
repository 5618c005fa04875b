"""What a pod shows the API: files that only its user reads, good for as long as the pod is there."""

import json
import re
import sys
from pathlib import Path

import pytest

from localcluster.access.tokens import Tokens, new_key
from localcluster.access.users import account_name
from localcluster.host import addresses
from localcluster.node import identity
from localcluster.node.catalogue import Catalogue, Command, Image, Request, run_controlplane
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from tests.localcluster.node.lab import Lab, Object, container, pod

SHOW = """
import json, os, time
found = {name: [open(name).read(), os.stat(name).st_mode & 0o777] for name in os.listdir()}
print(json.dumps(found))
time.sleep(3600)
"""


def run_visitor(request: Request) -> Command:
    """A program that enters the API: its folder holds the files."""
    argv = [sys.executable, "-I", "-S", "-u", "-c", *request.args]
    return Command(argv, request.environment, request.identity())


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue([Image(re.compile("script"), run_visitor)])


@pytest.fixture
def registry() -> Registry:
    made = Registry(Store(None), addresses.Addresses(addresses.Block(70)))
    made.create("Namespace", {"metadata": {"name": "lab"}})
    for name, mounted in (("watcher", True), ("default", False)):
        made.create(
            "ServiceAccount",
            {"metadata": {"name": name, "namespace": "lab"}, "automountServiceAccountToken": mounted},
        )
    return made


def files(registry: Registry, **spec: object) -> dict[str, str]:
    made = registry.create("Pod", pod("demo", container(), **spec))
    return dict(identity.giver(registry, Tokens(registry, new_key()), "the authority")(made))


def test_a_pod_gets_the_token_of_its_account(registry: Registry) -> None:
    found = files(registry, serviceAccountName="watcher")
    assert (found["namespace"], found["ca.crt"]) == ("lab", "the authority")
    assert found["token"].count(".") == 2


def test_the_pods_word_on_the_token_counts_before_its_accounts(registry: Registry) -> None:
    assert files(registry) == {}
    registry.delete("Pod", "lab", "demo", grace=0)
    assert files(registry, automountServiceAccountToken=True)["token"]
    registry.delete("Pod", "lab", "demo", grace=0)
    assert files(registry, serviceAccountName="watcher", automountServiceAccountToken=False) == {}


async def test_the_files_are_private_and_end_with_the_pod(lab: Lab) -> None:
    lab.registry.create("ServiceAccount", {"metadata": {"name": "watcher", "namespace": "lab"}})
    lab.create(pod("demo", container(SHOW), serviceAccountName="watcher"))
    shown: Object = json.loads(await lab.says("}"))
    modes = {name: mode for name, (_, mode) in shown.items()}
    assert modes == {"ca.crt": 0o600, "namespace": 0o600, "token": 0o600}
    user = lab.tokens.user(shown["token"][0])
    assert user is not None
    assert user.name == account_name("lab", "watcher")
    lab.delete(grace=0)
    assert lab.tokens.user(shown["token"][0]) is None


def test_the_control_plane_is_told_where_they_lie() -> None:
    folder = Path("/folder")
    request = Request(["-m", "controlplane"], {}, "127.70.64.1", folder, "", lambda: {"token": "t"})
    command = run_controlplane(request)
    assert command.argv[1:] == ["-m", "controlplane"]
    assert command.environment["CONTROLPLANE_SERVICE_ACCOUNT"] == str(folder)
    assert command.files == {"token": "t"}
    nobody = run_controlplane(Request(["-m", "controlplane"], {}, "127.70.64.1", folder, ""))
    assert "CONTROLPLANE_SERVICE_ACCOUNT" not in nobody.environment
