"""Certificates for the lab's Ingresses: an authority of their own, and a server certificate for one host.

In production cert-manager or the organisation's authority does this; the course shows what they produce.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import trustme
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from helpers.lab import ownership
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, Object

FILES = ("tls.crt", "tls.key", "ca.crt")
# Below this a certificate could end in the middle of a lesson.
MARGIN = timedelta(days=1)


def issue(host: str, *, not_after: datetime | None = None) -> dict[str, str]:
    """Make an authority and a certificate that it signs for a host.

    Args:
        host: The name that clients will compare with the certificate.
        not_after: When the certificate ends; trustme's default when None.

    Returns:
        PEM texts under the names a TLS Secret has: ``tls.crt``, ``tls.key``, ``ca.crt``.
    """
    authority = trustme.CA(organization_name="gRPC lab", organization_unit_name="certificate authority")
    leaf = authority.issue_cert(host, not_after=not_after)
    texts = (
        b"".join(blob.bytes() for blob in leaf.cert_chain_pems),
        leaf.private_key_pem.bytes(),
        authority.cert_pem.bytes(),
    )
    return {name: text.decode() for name, text in zip(FILES, texts, strict=True)}


def fits(data: Mapping[str, str], host: str) -> bool:
    """Whether a Secret's (base64) data can serve a host for a while yet, and its ``ca.crt`` vouches for it.

    Args:
        data: The ``data`` of a Secret.
        host: The name that clients will compare with the certificate.
    """
    try:
        certificate, key, authority = (base64.b64decode(data[name], validate=True) for name in FILES)
        leaf, signer = x509.load_pem_x509_certificate(certificate), x509.load_pem_x509_certificate(authority)
        leaf.verify_directly_issued_by(signer)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        same_key = load_pem_private_key(key, None).public_key() == leaf.public_key()
    except (KeyError, ValueError, TypeError, binascii.Error, InvalidSignature, x509.ExtensionNotFound):
        return False
    return same_key and host in names.get_values_for_type(x509.DNSName) and _lasts(leaf)


def _lasts(certificate: x509.Certificate) -> bool:
    now = datetime.now(UTC)
    return certificate.not_valid_before_utc <= now and now + MARGIN < certificate.not_valid_after_utc


def certified(item: Object) -> list[tuple[str, str]]:
    """Return the Secrets with certificates that an object names, each with the host it is for."""
    if item["kind"] == "Ingress":
        return [(str(one["secretName"]), str(one["hosts"][0])) for one in item["spec"].get("tls") or []]
    if item["kind"] != "Gateway":
        return []
    return [
        (str(reference["name"]), str(listener["hostname"]))
        for listener in item["spec"]["listeners"]
        for reference in (listener.get("tls") or {}).get("certificateRefs") or []
    ]


def ensure_certificates(lab: Lab, item: Object) -> None:
    """Make the Secrets with certificates that an Ingress or a Gateway names, where none serves its host."""
    for secret, host in certified(item):
        _ensure_certificate(lab, secret, host)


def _ensure_certificate(lab: Lab, name: str, host: str) -> None:
    """Make a Secret with a certificate, unless the one that is there serves the host."""
    metadata = {"name": name, "namespace": lab.namespace, "labels": {PART_OF: OURS}}
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls"}
    ownership.check(lab, [secret])
    found = lab.objects.get("Secret", lab.namespace, name)
    if found and fits(found.get("data") or {}, host):
        return
    texts = issue(host)
    secret["data"] = {file: base64.b64encode(text.encode()).decode() for file, text in texts.items()}
    ownership.apply(lab, secret)
