"""The cluster's own certificate authority, the API server's certificate and the user's token.

They are kept over restarts, so a kubeconfig that was copied or a client that is still running stays good;
what is about to expire, or was made for another address, is made again.
"""

import datetime
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcluster.lifecycle import home

AUTHORITY_DAYS = 3650
SERVER_DAYS = 365  # what kubeadm gives a server certificate
RENEW_DAYS = 30
TOKEN_BYTES = 32  # 256 bits

SERVER_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        """The certificate as PEM text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The key as PEM text (PKCS #8)."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the API server shows and what its user shows."""

    authority: str
    server_certificate: Path
    server_key: Path
    token: str


def ensure(folder: Path, address: str) -> Credentials:
    """Read the cluster's credentials; make what is missing, damaged, about to expire or of another address.

    Args:
        folder: where they are kept, mode 0600 each.
        address: the IP address the API server listens on.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = _load(folder, "ca") or _save(folder, "ca", make_authority("local cluster"))
    server = _load(folder, "server")
    if server is None or not _fits(server, authority, address):
        server = _save(folder, "server", make_server(authority, SERVER_NAMES, [address, "127.0.0.1"]))
    return Credentials(
        authority.certificate_pem, folder / "server.crt", folder / "server.key", _token(folder / "token")
    )


def make_authority(name: str) -> Pair:
    """Make a certificate authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(subject, subject, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def make_server(
    authority: Pair | None, names: Sequence[str], addresses: Sequence[str] = (), common_name: str = ""
) -> Pair:
    """Make a server's certificate, signed by an authority or, without one, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or names[0])])
    signing_key = authority.key if authority else key
    issuer = authority.certificate.subject if authority else subject
    hosts: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    hosts += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    # OpenSSL 3 and Python 3.13's default verification want the authority's key named.
    issuing = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
    builder = (
        _builder(subject, issuer, key, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(issuing, critical=False)
    )
    return Pair(builder.sign(signing_key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An hour of slack for clocks that differ.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _fits(server: Pair, authority: Pair, address: str) -> bool:
    certificate = server.certificate
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # of several kinds; each means "make a new one"
        return False
    return ipaddress.ip_address(address) in named.get_values_for_type(x509.IPAddress)


def _load(folder: Path, name: str) -> Pair | None:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError):
        return None
    remaining = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    belongs = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
    if not belongs or remaining < datetime.timedelta(days=RENEW_DAYS):
        return None
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - for the type checker; tested above
    return Pair(certificate, key)


def _save(folder: Path, name: str, pair: Pair) -> Pair:
    home.write_private(folder / f"{name}.key", pair.key_pem)
    home.write_private(folder / f"{name}.crt", pair.certificate_pem)
    return pair


def _token(path: Path) -> str:
    with_token = path.read_text().strip() if path.exists() else ""
    if len(with_token) < TOKEN_BYTES:
        with_token = secrets.token_urlsafe(TOKEN_BYTES)
        home.write_private(path, with_token)
    return with_token
