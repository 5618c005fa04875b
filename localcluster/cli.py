"""``python -m localcluster [--name NAME] start|stop|status|kubeconfig|logs|load``."""

import argparse
import os
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from localcluster.lifecycle import control, difficulty, home

LOGS = {
    "cluster": "daemon.log",
    "envoy": "envoy/envoy.log",
    "nginx": "nginx/nginx.log",
    "start": "daemon.out",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on stderr."""
    options = _parser().parse_args(argv)
    if options.command == "daemon":
        return _become_daemon(options.name, options.descriptor)
    try:
        return int(COMMANDS[options.command](options))
    except control.ClusterError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line speaks by printing
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localcluster", description="A small Kubernetes on loopback."
    )
    parser.add_argument("--name", help="which cluster (default: $LOCALCLUSTER_NAME, else local)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    start = commands.add_parser("start", help="start it and wait until it answers; prints where")
    for option, words in difficulty.HELP.items():
        told = difficulty.variable(option)
        start.add_argument(
            f"--{option.replace('_', '-')}", action="store_true", help=f"{words} (or {told}=1)"
        )
    stop = commands.add_parser("stop", help="stop it and everything it started")
    stop.add_argument("--purge", action="store_true", help="remove its objects, logs and credentials too")
    commands.add_parser("status", help="tell whether it runs")
    commands.add_parser("kubeconfig", help="print the path of its kubeconfig")
    logs = commands.add_parser("logs", help="print the end of a log")
    logs.add_argument("part", nargs="?", choices=LOGS, default="cluster")
    logs.add_argument("--tail", type=int, default=100, metavar="LINES")
    load = commands.add_parser("load", help="let pods use images that you built, as kind load does")
    load.add_argument("images", nargs="+", metavar="IMAGE", help="an image's name, with its tag")
    commands.add_parser("daemon").add_argument("descriptor", type=int)
    return parser


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command line speaks by printing


def _start(options: argparse.Namespace) -> int:
    chosen = {name: bool(getattr(options, name)) for name in difficulty.HELP}
    path = control.start(options.name, difficulty.Difficulty(**chosen) if any(chosen.values()) else None)
    _say(f"API server  {control.status(options.name).server}\nkubeconfig  {path}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    was_running = control.stop(options.name, purge=options.purge)
    _say("stopped" if was_running else "not running")
    return 0


def _status(options: argparse.Namespace) -> int:
    found = control.status(options.name)
    if not found.running:
        _say(f"{found.name}: not running; start it with: python -m localcluster --name {found.name} start")
        return 1
    _say(
        f"{found.name}: running, pid {found.pid}\nAPI server  {found.server}\nkubeconfig  {found.kubeconfig}"
    )
    return 0


def _kubeconfig(options: argparse.Namespace) -> int:
    place = _place(options.name)
    if not place.kubeconfig.exists():
        raise control.ClusterError(
            f"The local cluster {place.name} has never been started; "
            f"run: python -m localcluster --name {place.name} start."
        )
    _say(str(place.kubeconfig))
    return 0


def _logs(options: argparse.Namespace) -> int:
    path = _place(options.name).folder / LOGS[options.part]
    if not path.exists():
        raise control.ClusterError(f"There is no log {path}; the cluster has not been started.")
    _say("\n".join(_tail(path, options.tail)))
    return 0


def _load(options: argparse.Namespace) -> int:
    control.load(options.images, options.name)
    return 0


def _tail(path: Path, count: int) -> Sequence[str]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return list(deque((line.rstrip("\n") for line in stream), maxlen=max(count, 0)))


def _place(name: str | None) -> home.Home:
    control.need_linux()
    try:
        return home.find(name)
    except home.HomeError as error:
        raise control.ClusterError(str(error)) from error


def _become_daemon(name: str | None, descriptor: int) -> int:
    """Leave the caller: the parent of this fork ends at once, so the caller waits for no one."""
    if os.fork():
        return 0
    # Imported after the fork: the caller need not wait for it, and it is what takes the time of a start.
    from localcluster.lifecycle import daemon  # noqa: PLC0415

    return daemon.main(_place(name), descriptor)


COMMANDS = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "kubeconfig": _kubeconfig,
    "logs": _logs,
    "load": _load,
}
