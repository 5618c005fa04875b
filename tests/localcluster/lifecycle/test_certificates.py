import ssl
from pathlib import Path

import pytest

from localcluster.lifecycle import certificates

FILES = ("ca.crt", "ca.key", "server.crt", "server.key", "token")


def test_credentials_are_private_and_kept(tmp_path: Path) -> None:
    first = certificates.ensure(tmp_path / "c", "127.77.0.1")
    again = certificates.ensure(tmp_path / "c", "127.77.0.1")
    assert again == first
    assert len(first.token) >= certificates.TOKEN_BYTES
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "c").iterdir()} == dict.fromkeys(
        FILES, 0o600
    )


def test_the_pair_can_be_served(tmp_path: Path) -> None:
    found = certificates.ensure(tmp_path, "127.77.0.1")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(found.server_certificate, found.server_key)


def test_another_address_makes_another_certificate_under_the_same_authority(tmp_path: Path) -> None:
    before = certificates.ensure(tmp_path, "127.77.0.1")
    served = before.server_certificate.read_bytes()
    after = certificates.ensure(tmp_path, "127.78.0.1")
    assert (after.authority, after.token) == (before.authority, before.token)
    assert after.server_certificate.read_bytes() != served


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_is_made_again(tmp_path: Path, name: str) -> None:
    certificates.ensure(tmp_path, "127.77.0.1")
    (tmp_path / name).write_text("nonsense")
    again = certificates.ensure(tmp_path, "127.77.0.1")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(again.server_certificate, again.server_key)
    assert again.token != "nonsense"
    assert certificates.ensure(tmp_path, "127.77.0.1") == again
