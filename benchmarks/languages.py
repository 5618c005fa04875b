"""``python -m benchmarks.languages``: which pods a client reaches in each language, without and with the fix.

Each language's own tools build its client from ``greeter.proto``. It greets three pods of a local cluster,
once with gRPC's defaults and once as FIX.md says; then its server has to answer. A language whose tools are
missing is left out, and its rows stay as they were measured last.

Exit status: 0 all that was measured is as FIX.md says; 1 something is not, or cannot be built.
"""

import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grpc
import pandas as pd

import helpers
from benchmarks.cluster import own_home
from helpers.lab.lab import Lab
from helpers.lesson.languages import MEASURED, Row, read
from helpers.observe.pods import python_pod, run_to_end
from localcluster.lifecycle import control

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = ROOT / "greeter" / "clients"
VARIANT, PORT = "fix", 50051
# Fifty for each pod: round_robin begins with the first connection, and the others may be later.
COUNT = 150
# For a build that downloads everything on a slow network, and for RPCs that hang.
BUILD_SECONDS, RUN_SECONDS = 900, 300
DEFAULTS, FIX = "defaults", "fix"
ANSWER = re.compile(r'^"([^"]+)" says: ', re.MULTILINE)


class LanguageError(Exception):
    """A language's client cannot be built or does not do what FIX.md says; the message says which and how."""


@dataclass(frozen=True)
class Language:
    """A client in one language.

    Attributes:
        name: What people call it.
        tools: Programs that building and running it needs.
        build: Makes it; nothing where nothing is compiled.
        command: Runs it; its arguments follow.
        version: Returns the library's version.
        names_server: Whether a target may name the DNS server; else a hosts file does its work.
        environment: Variables that it needs outside of a pod.
    """

    name: str
    tools: Sequence[str]
    build: Callable[[Path], None]
    command: Callable[[Path], list[str]]
    version: Callable[[], str]
    names_server: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Tools that are not here."""
        return [tool for tool in self.tools if shutil.which(tool) is None]


def run(
    command: Sequence[str], folder: Path, seconds: float, what: str, more: Mapping[str, str] | None = None
) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        LanguageError: It fails or does not end.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command,
            cwd=folder,
            env={**os.environ, **(more or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LanguageError(f"{what}: {command[0]} did not end within {seconds:g} s.") from error
    if done.returncode:
        raise LanguageError(f"{what}: {' '.join(command)} fails in {folder}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _build_go(scratch: Path) -> None:
    folder, module = CLIENTS / "go", "example.com/greeter"
    told = [f"module={module}", f"Mgreeter/v1/greeter.proto={module}/v1"]
    plugins = []
    for name, prefix in (("protoc-gen-go", "go"), ("protoc-gen-go-grpc", "go-grpc")):
        path = run(["go", "tool", "-n", name], folder, BUILD_SECONDS, "Go").strip()
        plugins += [f"--plugin={name}={path}", f"--{prefix}_out={folder}", f"--{prefix}_opt={','.join(told)}"]
    compiler = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={ROOT}"]
    run([*compiler, *plugins, "greeter/v1/greeter.proto"], ROOT, BUILD_SECONDS, "Go")
    run(["go", "build", "-o", str(scratch / "go-client"), "."], folder, BUILD_SECONDS, "Go")


def _build_java(_scratch: Path) -> None:
    run(["mvn", "--quiet", "--batch-mode", "process-classes"], CLIENTS / "java", BUILD_SECONDS, "Java")


def _run_java(scratch: Path) -> list[str]:
    target = CLIENTS / "java" / "target"
    hosts = f"-Djdk.net.hosts.file={scratch / 'hosts'}"
    return ["java", hosts, "-cp", f"{target / 'classes'}:{target / 'dependency'}/*", "example.Client"]


def _build_node(_scratch: Path) -> None:
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
    run(command, CLIENTS / "node", BUILD_SECONDS, "Node.js")


def _pinned(library: str, file: str, pattern: str) -> str:
    """Return a library with the version that a build file pins."""
    found = re.search(pattern, (CLIENTS / file).read_text(encoding="utf-8"))
    if found is None:
        raise LanguageError(f"{file} pins no {library}.")
    return f"{library} {found[1]}"


LANGUAGES = (
    Language(
        "Python",
        (),
        lambda _: None,
        lambda _: [sys.executable, "-m", "greeter.clients.python"],
        lambda: f"grpcio {grpc.__version__}",
    ),
    Language(
        "Go",
        ("go",),
        _build_go,
        lambda scratch: [str(scratch / "go-client")],
        lambda: _pinned("grpc-go", "go/go.mod", r"google\.golang\.org/grpc v(\S+)"),
    ),
    Language(
        "Java",
        ("java", "mvn"),
        _build_java,
        _run_java,
        lambda: _pinned("grpc-java", "java/pom.xml", "<grpc.version>([^<]+)<"),
        names_server=False,
    ),
    Language(
        "Node.js",
        ("node", "npm"),
        _build_node,
        lambda _: ["node", str(CLIENTS / "node" / "client.js")],
        lambda: _pinned("grpc-js", "node/package.json", 'grpc-js": "([^"]+)"'),
        # Else it reads the server's address in a target, and asks the system all the same.
        environment={"GRPC_NODE_USE_ALTERNATIVE_RESOLVER": "true"},
    ),
)


@dataclass(frozen=True)
class Greeter:
    """The pods to reach, and how a program outside of any pod finds them.

    Attributes:
        name: The Service's, as the cluster's DNS knows it.
        server: That DNS server, ``address:port``.
        pods: Their addresses by name.
    """

    name: str
    server: str
    pods: dict[str, str]

    def target(self, language: Language) -> str:
        """Return what a client of this language dials."""
        return f"dns://{self.server if language.names_server else ''}/{self.name}:{PORT}"


@contextmanager
def greeter() -> Iterator[Greeter]:
    """Hold a local cluster with three pods of the greeter behind a headless Service."""
    with own_home():
        control.start()
        lab = helpers.connect()
        helpers.apply(lab, VARIANT)
        yield _found(lab)
        helpers.delete(lab)


def _found(lab: Lab) -> Greeter:
    # Where a pod's names are looked up, only a pod knows.
    source = "import os; print(os.environ['LOCALCLUSTER_RESOLVER'])"
    server = run_to_end(lab, python_pod(lab, source, {})).strip()
    pods = lab.objects.select("Pod", lab.namespace, labels=f"app=demo-{VARIANT}")
    name = f"demo-{VARIANT}.{lab.namespace}.svc.cluster.local"
    return Greeter(name, server, {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in pods})


def measure(language: Language, way: str, to: Greeter, scratch: Path) -> Row:
    """Greet, and count which pods answered.

    Raises:
        LanguageError: A greeting fails.
    """
    command = [*language.command(scratch), "client", to.target(language), str(COUNT)]
    command += [FIX] if way == FIX else []
    words = run(command, ROOT, RUN_SECONDS, f"{language.name}, {way}", language.environment)
    answers = Counter(ANSWER.findall(words))
    if sum(answers.values()) != COUNT or not answers.keys() <= to.pods.keys():
        raise LanguageError(f"{language.name}, {way}: not {COUNT} answers of the pods:\n{words}")
    return Row(
        language.name,
        language.version(),
        way,
        COUNT,
        len(answers),
        len(to.pods),
        round(helpers.effective_pods(pd.Series(answers)), 2),
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
    )


def serve_once(language: Language, scratch: Path) -> None:
    """Let a language's client greet its server, whose connections have a maximum age.

    Raises:
        LanguageError: There is no answer.
    """
    address = ["127.0.0.1", "0"] if language.name == "Java" else ["127.0.0.1:0"]
    command = language.command(scratch)
    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "server", *address], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            where = said.rpartition(" ")[2].strip()
            answered = run([*command, "client", where, "1"], ROOT, RUN_SECONDS, f"{language.name}'s server")
        finally:
            process.kill()
    if not ANSWER.match(answered):
        raise LanguageError(f"{language.name}'s server does not greet: {answered}")


def measured(language: Language, to: Greeter, scratch: Path) -> list[Row]:
    """Return the rows of a language.

    Raises:
        LanguageError: It fails, or its rows are not what FIX.md says.
    """
    rows = [measure(language, way, to, scratch) for way in (DEFAULTS, FIX)]
    serve_once(language, scratch)
    if [row.pods for row in rows] != [1, len(to.pods)]:
        raise LanguageError(f"{language.name} reaches {rows[0].pods} and {rows[1].pods} pods.")
    return rows


def main() -> int:
    """Build and measure what can be built here, and keep the rows."""
    here = [language for language in LANGUAGES if not language.missing]
    for language in LANGUAGES:
        if language.missing:
            print(f"{language.name} is left out: there is no {language.missing[0]} on PATH.")  # noqa: T201
    try:
        rows = _rows(here)
    except LanguageError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    kept = [row for row in read() if row.language not in {language.name for language in here}]
    order = [language.name for language in LANGUAGES]
    rows = sorted([*kept, *rows], key=lambda row: order.index(row.language))
    MEASURED.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0


def _rows(languages: Sequence[Language]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for language in languages:
            language.build(scratch)
        with greeter() as to:
            hosts = "".join(f"{address} {to.name}\n" for address in to.pods.values())
            (scratch / "hosts").write_text(hosts)
            rows = [row for language in languages for row in measured(language, to, scratch)]
    for row in rows:
        print(f"{row.language:8} {row.way:9} {row.effective_pods:.2f} of {row.of} pods")  # noqa: T201
    return rows


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))  # the cluster is taken away then, too
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    sys.exit(main())
