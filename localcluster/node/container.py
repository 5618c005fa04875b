"""One container: started, probed, started again with back-off, ended."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcluster.host.programs import ProgramError
from localcluster.node import probes
from localcluster.node.backoff import BackOff
from localcluster.node.catalogue import Command, canonical, check_options, missing
from localcluster.node.logs import Logs
from localcluster.node.process import Process
from localcluster.node.sessions import Attachment, ExecError, Execution
from localcluster.node.starting import StartError, Supplies, prepare
from localcluster.node.status import Report
from localcluster.objects import clock
from localcluster.objects.scope import PAGE
from localcluster.types import Object


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a container needs of its pod and node.

    Args:
        supplies: what it is made of.
        logs: where its output goes.
        pod: gives the pod as it is now, with its addresses in the status.
        occupied: tells whether a stranger listens on the pod's address.
        say: records an event about the pod or a part of it: type, reason, message, path of the part.
        changed: called when the report has changed.
        noticed: waits until the node has seen what the report says, and told it.
    """

    supplies: Supplies
    logs: Logs
    pod: Callable[[], Object]
    occupied: Callable[[], bool]
    say: Callable[[str, str, str, str], None]
    changed: Callable[[], None]
    noticed: Callable[[], Awaitable[None]]


class Container:
    """One container of a pod.

    Args:
        spec: its specification.
        around: its pod and node.
        report: what is known of it from before, when the node itself was restarted.
    """

    def __init__(self, spec: Object, around: Surroundings, report: Report | None = None) -> None:
        patience = around.supplies.settings.patience
        self.spec = spec
        self.report = report or Report(spec["name"], spec["image"])
        self._around = around
        self._patience = patience
        self._process: Process | None = None
        self._command: Command | None = None
        self._executions: set[Execution] = set()
        self._grace: float | None = None
        self._wake = asyncio.Event()
        self._restarts = BackOff(patience.first_delay, patience.longest_delay, patience.settled)
        self._problems = self._new_problems()
        self._next_run = self.report.restarts + 1 if self.report.container_id else 0
        self._is_replaced = False

    # -- from outside

    def say(self, kind: str, reason: str, message: str) -> None:
        """Record an event about the container: type, reason, message."""
        self._around.say(kind, reason, message, f"spec.containers{{{self._name}}}")

    @property
    def is_running(self) -> bool:
        """Whether it has a process."""
        return self._process is not None

    def stop(self, grace: float, *, hooks: bool = True) -> None:
        """End it for good, without its ``preStop`` hook if told so; the grace may only become shorter."""
        self._grace = grace if self._grace is None else min(grace, self._grace)
        if self._process and hooks:
            self._end(self._process, grace)
        elif self._process:
            self._process.end(grace)
        self._wake.set()

    def change(self, spec: Object) -> None:
        """Take up a changed specification: another image, the one thing of a container that may change."""
        if spec["image"] == self.spec["image"]:
            return
        self.spec = spec
        self._restarts.delay = 0.0
        self._problems = self._new_problems()
        if self._process:
            self._is_replaced = True
            text = f"Container {self._name} definition changed, will be restarted"
            self.say("Normal", "Killing", text)
            self._end(self._process, self._own_grace())
        self._wake.set()

    def look_again(self) -> None:
        """Try again if it waits for a ConfigMap or Secret: one has changed."""
        if self.report.state.get("waiting", {}).get("reason") == "CreateContainerConfigError":
            self._wake.set()

    # -- for its clients

    async def execute(self, argv: Sequence[str], *, stdin: bool, tty: bool) -> Execution:
        """Run a program of its image beside its own: same address, environment and folder, same end.

        Args:
            argv: the command line; its first word is a program that the image has.
            stdin: whether its input will be written to.
            tty: whether it gets a terminal.

        Raises:
            ExecError: it cannot be run.
        """
        begun, command = self._process, self._command
        if begun is None or command is None:
            raise ExecError("cannot exec in a stopped container")
        if not argv:
            raise ExecError("args must not be empty")
        words = [*self._program(argv[0]), *argv[1:]]
        try:
            check_options(argv[1:])  # what can be executed is Python
            execution = await Execution.start(
                Command(words, command.environment), self._folder, stdin=stdin, tty=tty
            )
        except (OSError, ProgramError) as error:
            text = f'unable to start container process: exec: "{argv[0]}": {error}'
            raise ExecError(text) from error
        self._executions.add(execution)
        if self._process is not begun:  # it ended meanwhile
            execution.kill()
        return execution

    def attach(self) -> Attachment:
        """Join its own program from now on.

        Raises:
            ExecError: it does not run.
        """
        if self._process is None:
            raise ExecError("cannot attach to a stopped container")
        return Attachment(self._process, once=bool(self.spec.get("stdinOnce")))

    def leave(self, execution: Execution) -> None:
        """Forget a program that has ended or whose client has gone."""
        self._executions.discard(execution)
        execution.end()

    def _program(self, name: str) -> Sequence[str]:
        has = self._around.supplies.catalogue.programs(self.spec["image"])
        if name in has:
            return has[name]
        listed = ", ".join(sorted(has)) or "no program that could be executed here"
        raise ExecError(
            f'unable to start container process: exec: "{name}": {missing(name)}',
            # An image has no file system here in which somebody could look.
            f"the image {self.spec['image']} has {listed} ({PAGE})",
        )

    @property
    def _folder(self) -> Path:
        return self._around.logs.home(self._around.pod()) / self._name / "work"

    # -- its life

    async def run(self) -> None:
        """Run it, again and again as the restart policy says, until it ended for good."""
        if "terminated" in self.report.state and not self._starts_again():
            return  # the node was away, and its last run was
        while self._grace is None:
            self._wake.clear()
            await self._pause(random.uniform(*self._patience.start))  # noqa: S311 - a delay, no secret
            if self._grace is not None:
                return
            try:
                await self._start()
            except StartError as problem:
                await self._put_off(problem)
                continue
            ran = await self._watch_over()
            if not self._starts_again():
                return
            await self._around.noticed()
            await self._back_off(self._restarts.next(ran))

    async def _start(self) -> None:
        """Start the program, or raise `StartError`."""
        pod = self._around.pod()
        folder = self._folder
        command = prepare(self.spec, pod, folder, self._around.supplies)
        if self._around.occupied():
            text = f"another program listens on {pod['status']['podIP']}; end it or delete the pod"
            raise StartError("CreateContainerError", text)
        text = f'Container image "{self.spec["image"]}" already present on machine'
        self.say("Normal", "Pulled", f"{text} and can be accessed by the pod")
        log = self._around.logs.begin(pod, self._name, self._next_run)
        try:
            self._process = await Process.start(
                command,
                folder,
                log,
                stdin=bool(self.spec.get("stdin")),
                tty=bool(self.spec.get("tty")),
                apart=self._around.supplies.settings.separate_pipes,
            )
        except OSError as error:
            log.close()
            text = f"{command.argv[0]} cannot be started: {error.strerror}"
            raise StartError("RunContainerError", text) from error
        self._command = command
        self.say("Normal", "Created", "Container created")
        self.say("Normal", "Started", "Container started")
        self._report_start()
        if self._grace is not None:  # told to stop meanwhile
            self._end(self._process, self._grace)

    async def _watch_over(self) -> float:
        """See the process to its end; returns how many seconds it ran."""
        process, begun = self._process, asyncio.get_running_loop().time()
        if process is None:
            return 0.0
        async with self._probed():
            code = await process.wait()
        self._process = None
        for execution in self._executions:
            execution.kill()
        self._problems = self._new_problems()
        self._report_end(code, process.last_words)
        return asyncio.get_running_loop().time() - begun

    def _starts_again(self) -> bool:
        if self._grace is not None:
            return False
        if self._is_replaced:
            self._is_replaced = False
            return True
        policy = self._around.pod()["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and not self.report.succeeded)

    async def _back_off(self, delay: float) -> None:
        if not delay or self._grace is not None:
            return
        meta = self._around.pod()["metadata"]
        whole = f"{meta['name']}_{meta['namespace']}({meta['uid']})"
        text = f"back-off {_duration(delay)} restarting failed container={self._name} pod={whole}"
        self._report_waiting("CrashLoopBackOff", text)
        self.say("Warning", "BackOff", f"Back-off restarting failed container {self._name} in pod {whole}")
        await self._pause(delay)

    async def _put_off(self, problem: StartError) -> None:
        """Show why it cannot start and wait until it may be worth another try."""
        text = str(problem)
        self._report_waiting(problem.reason, text)
        if problem.reason == "ErrImagePull":
            self.say("Normal", "Pulling", f'Pulling image "{self.spec["image"]}"')
            self.say("Warning", "Failed", f'Failed to pull image "{self.spec["image"]}": {text}')
            self.say("Warning", "Failed", "Error: ErrImagePull")
            await self._pause(self._patience.pull)
            self._back_off_pulling(text)
        elif problem.reason == "ErrImageNeverPull":
            self.say("Warning", "ErrImageNeverPull", text)
            self.say("Warning", "Failed", f"Error: ErrImageNeverPull: {problem.advice}")
        else:
            self.say("Warning", "Failed", f"Error: {text}")
        await self._pause(self._problems.next())

    def _back_off_pulling(self, text: str) -> None:
        if self._wake.is_set():
            return
        image = self.spec["image"]
        self.say("Normal", "BackOff", f'Back-off pulling image "{image}"')
        self.say("Warning", "Failed", "Error: ImagePullBackOff")
        self._report_waiting("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    # -- probes

    @contextlib.asynccontextmanager
    async def _probed(self) -> AsyncIterator[None]:
        """Probe the container meanwhile."""
        task = asyncio.create_task(self._probe(), name=f"probes of {self._name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _probe(self) -> None:
        if "startupProbe" in self.spec:
            await self._prober("startup").run()
        if self.report.started:
            kinds: list[probes.Kind] = ["liveness", "readiness"]
            await asyncio.gather(*(self._prober(kind).run() for kind in kinds if f"{kind}Probe" in self.spec))

    def _prober(self, kind: probes.Kind) -> probes.Prober:
        listed = self.spec.get("ports") or []
        ports = {port["name"]: port["containerPort"] for port in listed if port.get("name")}
        target = probes.Target(self._around.pod()["status"]["podIP"], ports)

        def told(verdict: bool) -> None:
            self._judge(kind, verdict)

        def failed(text: str) -> None:
            # Who is told to end may stop answering (the kubelet stops asking then, but for readiness).
            if self._grace is None:
                self.say("Warning", "Unhealthy", f"{kind.capitalize()} probe failed: {text}")

        return probes.Prober(kind, self.spec[f"{kind}Probe"], target, told, failed)

    def _judge(self, kind: probes.Kind, verdict: bool) -> None:
        if kind == "readiness":
            self._mark(ready=verdict)
        elif kind == "startup" and verdict:
            self._mark(started=True, ready="readinessProbe" not in self.spec)
        elif not verdict and self._grace is None and self._process:
            text = f"Container {self._name} failed {kind} probe, will be restarted"
            self.say("Normal", "Killing", text)
            own = self.spec[f"{kind}Probe"].get("terminationGracePeriodSeconds")
            self._end(self._process, self._own_grace() if own is None else own)

    # -- what is told of it

    def _report_start(self) -> None:
        report, has = self.report, self.spec.__contains__
        report.begin(canonical(self.spec["image"]), self._next_run, clock.now())
        self._next_run += 1
        started = not has("startupProbe")
        self._mark(started=started, ready=started and not has("readinessProbe"))
        self._around.changed()

    def _report_end(self, code: int, last_words: str) -> None:
        told = code and self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        self.report.end(code, clock.now(), last_words if told else "")
        self._around.changed()

    def _report_waiting(self, reason: str, message: str) -> None:
        self.report.keep_last()
        self.report.state = {"waiting": {"reason": reason, "message": message}}
        self._around.changed()

    def _mark(self, *, ready: bool, started: bool | None = None) -> None:
        started = self.report.started if started is None else started
        if (ready, started) != (self.report.ready, self.report.started):
            self.report.ready, self.report.started = ready, started
            self._around.changed()

    @property
    def _name(self) -> str:
        return str(self.spec["name"])

    def _end(self, process: Process, grace: float) -> None:
        """Tell it to end once its ``preStop`` hook has slept, which counts as part of the grace period."""
        hook = (self.spec.get("lifecycle") or {}).get("preStop") or {}
        process.end(grace, float((hook.get("sleep") or {}).get("seconds") or 0))

    def _own_grace(self) -> float:
        return float(self._around.pod()["spec"].get("terminationGracePeriodSeconds", 30))

    def _new_problems(self) -> BackOff:
        first, longest = self._patience.first_delay, self._patience.longest_delay
        return BackOff(first, longest, self._patience.settled, delay=first)


def _duration(seconds: float) -> str:
    """Seconds as Go prints a duration: ``40s``, ``1m20s``, ``5m0s``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:g}m{rest:g}s" if minutes else f"{rest:g}s"
