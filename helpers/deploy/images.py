"""The project's images: built by whatever builder is there, brought to where the cluster finds them.

Clusters in containers (kind, minikube, k3d) keep images of their own and have a command that loads one;
any other pulls from a registry, so an image is pushed to the name that its pods use. Every command is a
list of arguments and is shown before anything runs.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from helpers.deploy import manifests
from helpers.lab import cluster, image_tags
from helpers.lab.errors import LabError
from helpers.lab.kubeconfig import contexts, kubeconfig
from helpers.lab.objects import Object

ROOT = manifests.FOLDER.parent
LATEST = "latest"
CHECK_SECONDS = 20
# The name that minikube gives to its notes in a kubeconfig (https://minikube.sigs.k8s.io/docs/).
MINIKUBE = "minikube.sigs.k8s.io"
NOWHERE, PUSH = "nowhere", "push"

Command = list[str]


@dataclass(frozen=True)
class Builder:
    """A program that builds images.

    Attributes:
        name: The program.
        check: What succeeds only where it can build.
        full_names: Whether a short name would become ``localhost/…``, which no pod asks for.
    """

    name: str
    check: tuple[str, ...]
    full_names: bool = False

    def named(self, image: str) -> str:
        """Return an image's name as this builder has to be told it."""
        return full_name(image) if self.full_names else image

    def build(self, target: str, images: Sequence[str], arguments: Sequence[str] = ()) -> Command:
        """Return the command that builds one target of the Dockerfile as an image of one name or more."""
        options = [word for argument in arguments for word in ("--build-arg", argument)]
        tags = [word for image in images for word in ("--tag", self.named(image))]
        return [self.name, "build", "--target", target, *options, *tags, str(ROOT)]

    def push(self, image: str) -> Command:
        """Return the command that pushes an image to its registry."""
        return [self.name, "push", self.named(image)]

    def save(self, image: str, archive: str) -> Command:
        """Return the command that writes an image to a file as ``docker save`` does."""
        if self.name == "buildah":
            return ["buildah", "push", self.named(image), f"docker-archive:{archive}:{self.named(image)}"]
        form = ["--format", "docker-archive"] if self.name == "podman" else []
        return [self.name, "save", *form, "--output", archive, self.named(image)]


# In the order of choice: docker is what kind, minikube and k3d work with by default.
BUILDERS = {
    builder.name: builder
    for builder in (
        # Without a daemon the program is there but of no use.
        Builder("docker", ("version", "--format", "{{.Server.Version}}")),
        Builder("podman", ("info",), full_names=True),
        Builder("buildah", ("info",), full_names=True),
        Builder("nerdctl", ("info",)),
    )
}


@dataclass(frozen=True)
class Way:
    """How a cluster gets an image: ``kind``, ``minikube``, ``k3d``, ``push`` or, not at all, ``nowhere``.

    Attributes:
        name: Which of them.
        cluster: The cluster's name, as its own program knows it.
        because: What it was told by.
    """

    name: str
    cluster: str
    because: str

    def load(self, builder: Builder, image: str, archive: str) -> list[Command]:
        """Return the commands that bring a built image to the cluster."""
        if self.name == NOWHERE:
            return []
        if self.name == PUSH:
            return [builder.push(image)]
        if builder.name == "docker":
            return [self._load(image)]
        return [builder.save(image, archive), self._load(archive, archived=True)]

    def _load(self, what: str, *, archived: bool = False) -> Command:
        if self.name == "kind":
            return [
                "kind",
                "load",
                "image-archive" if archived else "docker-image",
                what,
                "--name",
                self.cluster,
            ]
        if self.name == "minikube":
            return ["minikube", "image", "load", what, "-p", self.cluster]
        return ["k3d", "image", "import", what, "-c", self.cluster]


def full_name(image: str) -> str:
    """Return an image's name with registry and tag, as a container runtime completes it.

    The rule: https://pkg.go.dev/github.com/distribution/reference#ParseNormalizedNamed
    """
    name, tag, _ = manifests.split_image(image)
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif not ("." in first or ":" in first or first == "localhost"):
        name = f"docker.io/{name}"
    return f"{name}:{tag or LATEST}"


def image_name(prefix: str | None, tag: str | None, name: str = manifests.IMAGE) -> str:
    """Return the full name of one of the project's images; without a tag it is ``latest``, as for a pod."""
    entry = {"name": name, "newTag": tag or LATEST}
    return manifests.rename_image(name, [entry | ({"newName": f"{prefix}-{name}"} if prefix else {})])


def way_to(context: str | None, server: str) -> Way:
    """Tell from a context's names and notes, and from its server, how the cluster gets images.

    Args:
        context: Its name in the kubeconfig; the local cluster when None.
        server: The API server's address.
    """
    if context is None:
        return Way(NOWHERE, cluster.CONTEXT, "it is the local cluster")
    entry = contexts(kubeconfig()).get(context, {})
    place = str(entry.get("cluster"))
    loopback = (urlsplit(server).hostname or "").startswith("127.")
    if (context, place, loopback) == (cluster.CONTEXT, cluster.CONTEXT, True):
        return Way(NOWHERE, place, f"{context} at {server} is the local cluster")
    for tool in ("kind", "k3d"):
        for name in (context, place):
            if name.startswith(f"{tool}-"):
                return Way(tool, name.removeprefix(f"{tool}-"), f"{name} is a name that {tool} gives")
    if _is_minikubes(entry) or place == "minikube":
        # minikube names the cluster's entry after the profile.
        return Way("minikube", place, f"minikube made context {context}")
    return Way(PUSH, place, f"context {context} at {server} is none of kind, minikube and k3d")


def _is_minikubes(entry: Object) -> bool:
    notes = entry.get("extensions") or []
    return any((note.get("extension") or {}).get("provider") == MINIKUBE for note in notes)


def find_builder(wanted: str | None = None) -> Builder:
    """Return the first builder that is there and works, or the one that is wanted.

    Raises:
        LabError: None works; the message says what each lacks.
    """
    lacks = []
    for name in [wanted] if wanted else BUILDERS:
        builder = BUILDERS.get(name)
        if builder is None:
            raise LabError(f'There is no builder "{name}"; known are {", ".join(BUILDERS)}.')
        lack = _lack(builder)
        if not lack:
            return builder
        lacks.append(f"{name} {lack}")
    raise LabError(f"No image can be built here: {'; '.join(lacks)}.")


def _lack(builder: Builder) -> str:
    """Return what keeps a builder from working, or nothing."""
    if shutil.which(builder.name) is None:
        return "is not on PATH"
    try:
        ended = subprocess.run(  # noqa: S603 - one of four programs, by a list of arguments
            [builder.name, *builder.check], capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run ({type(error).__name__})"
    if ended.returncode == 0:
        return ""
    words = " ".join(ended.stderr.split()) or f"exit status {ended.returncode}"
    return f"does not work ({words[:200].rstrip('.')})"


def build(
    way: Way,
    *,
    prefix: str | None,
    tag: str | None,
    builder: str | None = None,
    arguments: Sequence[str] = (),
    say: Callable[[str], object] = print,
) -> str:
    """Build the images of the greeter and the control plane and bring them to a cluster, after saying how.

    What is pushed without a tag of the user's own is also pushed as ``latest``, for those who apply it on
    other machines and are told no tag.

    Args:
        way: How the cluster gets them.
        prefix: The images are ``<prefix>-greeter`` and ``<prefix>-controlplane``.
        tag: Their tag; when None a new one, so that the pods do not keep what they have under an old one.
        builder: Which builder; the first that works when None.
        arguments: ``NAME=VALUE`` for the Dockerfile's ``ARG`` lines.
        say: Takes each line for the reader.

    Returns:
        The tag.

    Raises:
        LabError: A program or a name is missing, or a command failed.
    """
    chosen = tag or (LATEST if way.name == NOWHERE else image_tags.fresh())
    images = [image_name(prefix, chosen, name) for name in manifests.IMAGES]
    if way.name == NOWHERE and builder is None:
        say(f"No image is built: {way.because}, which runs the greeter from the files of this project.")
    else:
        _check(way, prefix)
        beside = (LATEST,) if way.name == PUSH and not tag else ()
        _build(way, images, find_builder(builder), arguments, say, beside=beside)
    if way.name == NOWHERE:
        cluster.load(images)
        say(f"Its pods can use {' and '.join(images)}.")
    return chosen


def _build(
    way: Way,
    images: Sequence[str],
    builder: Builder,
    arguments: Sequence[str],
    say: Callable[[str], object],
    *,
    beside: Sequence[str] = (),
) -> None:
    """Build the images, bring them to the cluster, and those that have other tags beside as well."""
    with tempfile.TemporaryDirectory(prefix="grpc-lab-image-") as folder:
        commands: list[Command] = []
        for name, image in zip(manifests.IMAGES, images, strict=True):
            archive = str(Path(folder) / f"{name}-image.tar")
            every = [image, *(f"{manifests.split_image(image)[0]}:{tag}" for tag in beside)]
            commands.append(builder.build(name, every, arguments))
            commands += [command for one in every for command in way.load(builder, one, archive)]
        say(_announcement(images, builder, way))
        for command in commands:
            say(f"  {shlex.join(command)}")
        for command in commands:
            _run(command)


def _check(way: Way, prefix: str | None) -> None:
    """Find out before the build, not after it, that the image could not be brought to the cluster."""
    if way.name == PUSH and not prefix:
        raise LabError(
            f"The cluster pulls its images from a registry ({way.because}); name a place there "
            "that you may push to: --image-prefix registry.example/me/tlsdemo."
        )
    if way.name not in {NOWHERE, PUSH} and shutil.which(way.name) is None:
        raise LabError(
            f"{way.name} is not on PATH, and it is what loads an image into cluster {way.cluster} "
            f"({way.because})."
        )


def _announcement(images: Sequence[str], builder: Builder, way: Way) -> str:
    if way.name == NOWHERE:
        brought = f"and left there, since {way.because}"
    elif way.name == PUSH:
        brought = f"then pushed, since {way.because}"
    else:
        brought = f"then loaded into cluster {way.cluster} of {way.name}, since {way.because}"
    return f"{' and '.join(images)} are built by {builder.name} from {ROOT / 'Dockerfile'}, {brought}:"


def _run(command: Command) -> None:
    try:
        status = subprocess.run(command, check=False).returncode  # noqa: S603 - a list, no shell
    except OSError as error:
        raise LabError(f"{command[0]} cannot be run ({error.strerror}).") from error
    if status:
        raise LabError(f"`{shlex.join(command)}` failed with exit status {status}; its words are above.")
