"""What becomes of the words of an Envoy's configuration that mean this host."""

import pytest
import yaml

from localcluster.node import proxy

POD = "127.70.64.1"

TEXT = """
# Comments stay.
admin:
  address:
    socket_address: {address: 127.0.0.1, port_value: 9902}
static_resources:
  listeners:
  - name: "0.0.0.0"   # a name, and no address
    address:
      socket_address:
        address: "0.0.0.0"
        port_value: 8080
  - address: {socketAddress: {address: '::', portValue: 8081}}
  clusters:
  - load_assignment:
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: localhost, port_value: 9902}}}
        - endpoint: {address: {socket_address: {address: demo-headless, port_value: 50051}}}
        - endpoint: {address: {pipe: {path: "@administration"}}}
        - endpoint: {address: {pipe: {path: /tmp/socket}}}
"""


def placed(text: str) -> str:
    option, made = proxy.placed(["--config-yaml", text], POD)
    assert option == "--config-yaml"
    return made


def test_all_addresses_and_localhost_are_the_pods_own() -> None:
    made = yaml.safe_load(placed(TEXT))
    plain, camel = made["static_resources"]["listeners"]
    assert made["admin"]["address"]["socket_address"] == {"address": POD, "port_value": 9902}
    assert plain["address"]["socket_address"] == {"address": POD, "port_value": 8080}
    assert camel["address"]["socketAddress"] == {"address": POD, "portValue": 8081}
    assert plain["name"] == "0.0.0.0"  # noqa: S104 - a name
    ends = made["static_resources"]["clusters"][0]["load_assignment"]["endpoints"][0]["lb_endpoints"]
    places = [end["endpoint"]["address"] for end in ends]
    assert [place["socket_address"]["address"] for place in places[:2]] == [POD, "demo-headless"]
    assert [place["pipe"]["path"] for place in places[2:]] == [f"@administration-{POD}", "/tmp/socket"]  # noqa: S108


def test_the_rest_of_the_text_stays_line_by_line() -> None:
    before, after = TEXT.splitlines(), placed(TEXT).splitlines()
    assert len(before) == len(after)
    changed = [line for line, new in zip(before, after, strict=True) if line != new]
    assert len(changed) == 5


def test_json_and_the_other_form_of_the_option() -> None:
    (made,) = proxy.placed(['--config-yaml={"admin": {"address": {"pipe": {"path": "@a"}}}}'], POD)
    assert made == f'--config-yaml={{"admin": {{"address": {{"pipe": {{"path": "@a-{POD}"}}}}}}}}'


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "just text", "socket_address: 0.0.0.0"])
def test_what_is_no_bootstrap_stays_for_envoy_to_refuse(text: str) -> None:
    assert placed(text) == text


def test_other_arguments_stay() -> None:
    args = ["--concurrency", "1", "--log-path", "0.0.0.0"]  # noqa: S104 - that is tested
    assert proxy.placed(args, POD) == args
