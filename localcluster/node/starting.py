"""From a container's specification to a command, or to the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcluster.host import addresses, programs
from localcluster.lifecycle import home
from localcluster.node import environment
from localcluster.node.catalogue import HINT, Catalogue, Command, Image, Request, canonical
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
    image = find(spec, supplies)
    try:
        services = environment.service_variables(pod, supplies.services(), supplies.settings.api)
        known = environment.variables(spec, pod, supplies.lookup, services)
    except environment.ConfigError as error:
        raise StartError("CreateContainerConfigError", str(error)) from error
    words = {
        field: [environment.expand(word, known) for word in spec.get(field) or []]
        for field in ("command", "args")
    }
    told = {"HOSTNAME": pod["spec"].get("hostname") or pod["metadata"]["name"], **known}
    try:
        args = image.arguments(words["command"], words["args"])
        address, resolver = pod["status"]["podIP"], _resolver(pod, supplies.settings)
        return image.recipe(Request(args, told, address, folder, resolver, lambda: supplies.identity(pod)))
    except LookupError as error:
        has = ", ".join(sorted({*image.programs, image.entrypoint[0]}))
        text = f"unable to start container process: {error}: the image {spec['image']} has {has} ({PAGE})"
        raise StartError("RunContainerError", text) from error
    except (programs.ProgramError, addresses.AddressError) as error:
        raise StartError("CreateContainerError", str(error)) from error


def _resolver(pod: Object, settings: Settings) -> str:
    """The pod's DNS server; a pod that wants its node's resolver (dnsPolicy Default) has none of its own."""
    is_own = pod["spec"].get("dnsPolicy") != "Default"
    return settings.dns(pod["metadata"]["namespace"]) if is_own else ""


def find(spec: Object, supplies: Supplies) -> Image:
    """A container's image, if it is known and was published or built.

    Raises:
        StartError: the image cannot be had.
    """
    image = spec["image"]
    found, full = supplies.catalogue.find(image), canonical(image)
    built = map(canonical, home.images(supplies.settings.images))
    if found and (supplies.catalogue.is_published(image) or full in built):
        return found
    why, advice = f'image "{image}" cannot be pulled', HINT
    if found:
        # As containerd says it of a tag that its registry does not have.
        why = f'failed to resolve reference "{full}": {full}: not found'
        advice = f"nobody built it: correct the tag, or build it and run: python -m localcluster load {image}"
    if spec.get("imagePullPolicy") == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        raise StartError("ErrImageNeverPull", text, advice)
    raise StartError("ErrImagePull", f"{why}: {advice}")
