"""Installs the project into the environment of the Python that runs this file.

uv does it, because it needs a tenth of pip's time. Where uv cannot be had or fails, pip does. Many people
have configured pip for a company's index or certificate and have never used uv, so uv gets what
``pip config list`` says: the variables ``PIP_*`` and every ``pip.conf``.

The Makefile runs this file by its path before anything is installed, so it imports nothing but the standard
library.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

CONSTRAINTS = "constraints.txt"
# Later sections win: https://pip.pypa.io/en/stable/topics/configuration/#precedence-override-order
SECTIONS = ("global", "install", ":env:")
# pip's option and the variable in which uv takes the same:
# https://docs.astral.sh/uv/reference/environment/
VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "proxy": "ALL_PROXY",
    "retries": "UV_HTTP_RETRIES",
    "timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
}
# pip separates several values by white space, uv by a blank except here.
SEPARATORS = {"UV_FIND_LINKS": ","}
SWITCHES = {"no-index": "--no-index", "no-cache-dir": "--no-cache", "pre": "--prerelease=allow"}
# Options that change how pip speaks, or where it keeps things, and nothing of what it installs.
HARMLESS = {
    "break-system-packages",
    "cache-dir",
    "debug",
    "disable-pip-version-check",
    "log",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "no-warn-script-location",
    "prefer-binary",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "root-user-action",
    "use-feature",
    "verbose",
}
ON = {"1", "on", "true", "t", "y", "yes"}
# pip reads these too, but its own option comes first: https://pip.pypa.io/en/stable/topics/https-certificates/
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def pip_settings(listing: str) -> dict[str, str]:
    """Return the options that hold for ``pip install``, as texts.

    Args:
        listing: What ``pip config list`` prints: lines ``SECTION.OPTION='TEXT'``, quoted as in Python.
    """
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        name, _, text = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in found and text:
            found[section][option] = str(ast.literal_eval(text))
    return {option: text for section in SECTIONS for option, text in found[section].items()}


def unknown(settings: Mapping[str, str]) -> list[str]:
    """Return the options that change what pip installs and have no counterpart in uv."""
    return sorted(settings.keys() - VARIABLES.keys() - SWITCHES.keys() - HARMLESS)


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which uv looks where pip would; uv's own variables win.

    Args:
        settings: What ``pip_settings`` returned.
        environment: The variables of this process.
    """
    # pip trusts the system's certificates, and takes the best version that any of its indexes has.
    told = {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    for option, variable in VARIABLES.items():
        if words := settings.get(option, "").split():
            told[variable] = SEPARATORS.get(variable, " ").join(words)
    bundles = [environment[name] for name in CERTIFICATES if environment.get(name)]
    for bundle in bundles[:1]:
        told.setdefault("SSL_CERT_FILE", bundle)
    own = {name: text for name, text in environment.items() if name.startswith("UV_")}
    return {**environment, **told, **own}


def uv_switches(settings: Mapping[str, str]) -> list[str]:
    """Return uv's words for pip's options that are on."""
    return [word for option, word in SWITCHES.items() if settings.get(option, "").lower() in ON]


def install(extras: Sequence[str]) -> int:
    """Install the project of the working folder, editable, with the versions of ``constraints.txt``.

    Args:
        extras: Names of its optional dependencies.

    Returns:
        The exit status of the program that installed last.
    """
    python, quiet = [sys.executable, "-m"], [] if sys.stderr.isatty() else ["-q"]
    project = ["-c", CONSTRAINTS, "-e", f".[{','.join(extras)}]" if extras else "."]
    pip = [*python, "pip", "--disable-pip-version-check", "install"]
    with_pip = [*pip, *quiet, *project]
    settings = pip_settings(_output([*python, "pip", "config", "list"]))
    if options := unknown(settings):
        return _instead(with_pip, f"pip is configured with {', '.join(options)}, which uv does not have")
    if _status([*pip, "-q", "-c", CONSTRAINTS, "uv"], os.environ):
        return _instead(with_pip, "uv cannot be installed here")
    # Python compiles a module at its first import and keeps the result, unless this variable forbids it: then
    # each process would compile again. Compiling everything now takes longer than that saves otherwise.
    compiled = ["--compile-bytecode"] if os.environ.get("PYTHONDONTWRITEBYTECODE") else []
    uv = [*python, "uv", "pip", "install", "--python", sys.executable, *quiet, *compiled]
    if _status([*uv, *uv_switches(settings), *project], uv_environment(settings, os.environ)):
        return _instead(with_pip, "uv could not install the packages")
    return 0


def _instead(command: Sequence[str], reason: str) -> int:
    sys.stderr.write(f"{reason}, so pip installs them; this takes a minute or more.\n")
    return _status(command, os.environ)


def _status(command: Sequence[str], environment: Mapping[str, str]) -> int:
    return subprocess.run(command, env=dict(environment), check=False).returncode  # noqa: S603 - our own words


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


if __name__ == "__main__":
    sys.exit(install(sys.argv[1:]))
