"""From a container's specification to a command, or to the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcluster.host import programs
from localcluster.lifecycle import home
from localcluster.node import environment
from localcluster.node.catalogue import HINT, Catalogue, Command, Recipe, Request, canonical
from localcluster.node.identity import Identity, of_nobody
from localcluster.node.settings import Settings
from localcluster.objects.scope import PAGE
from localcluster.types import Object


class StartError(Exception):
    """A container cannot be started as things are; the text is the message of its waiting state.

    Args:
        reason: the reason of the waiting state.
        message: its message.
        advice: what an event says beyond the message.
    """

    def __init__(self, reason: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Supplies:
    """What a container is made of beside its own specification.

    Args:
        settings: the node's.
        catalogue: the images it can run.
        lookup: finds ConfigMaps and Secrets of the pod's namespace.
        services: lists the Services of the pod's namespace.
        identity: gives what a pod shows the API.
    """

    settings: Settings
    catalogue: Catalogue
    lookup: environment.Lookup
    services: Callable[[], list[Object]]
    identity: Identity = of_nobody


def prepare(spec: Object, pod: Object, folder: Path, supplies: Supplies) -> Command:
    """Decide what to run.

    Args:
        spec: the container.
        pod: its pod, with its addresses in the status.
        folder: where the program will begin.
        supplies: the rest.

    Raises:
        StartError: nothing can be run now.
    """
    recipe = find(spec, supplies)
    if spec.get("command"):
        text = f"command is not emulated: an image's own program runs, with args (see {PAGE})"
        raise StartError("CreateContainerError", text)
    try:
        services = environment.service_variables(pod, supplies.services(), supplies.settings.api)
        known = environment.variables(spec, pod, supplies.lookup, services)
    except environment.ConfigError as error:
        raise StartError("CreateContainerConfigError", str(error)) from error
    args = [environment.expand(arg, known) for arg in spec.get("args") or []]
    told = {"HOSTNAME": pod["spec"].get("hostname") or pod["metadata"]["name"], **known}
    try:
        address, settings = pod["status"]["podIP"], supplies.settings
        return recipe(Request(args, told, address, folder, settings, lambda: supplies.identity(pod)))
    except programs.ProgramError as error:
        raise StartError("CreateContainerError", str(error)) from error


def find(spec: Object, supplies: Supplies) -> Recipe:
    """The recipe of a container's image, if that is known and was published or built.

    Raises:
        StartError: the image cannot be had.
    """
    image = spec["image"]
    recipe, full = supplies.catalogue.find(image), canonical(image)
    built = map(canonical, home.images(supplies.settings.images))
    if recipe and (supplies.catalogue.is_published(image) or full in built):
        return recipe
    why, advice = f'image "{image}" cannot be pulled', HINT
    if recipe:
        # As containerd says it of a tag that its registry does not have.
        why = f'failed to resolve reference "{full}": {full}: not found'
        advice = f"nobody built it: correct the tag, or build it and run: python -m localcluster load {image}"
    if spec.get("imagePullPolicy") == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        raise StartError("ErrImageNeverPull", text, advice)
    raise StartError("ErrImagePull", f"{why}: {advice}")
