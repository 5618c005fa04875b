"""Start a program that cannot outlive its parent: ``launcher.py SIGNAL PARENT -- ARGV...``.

The kernel sends SIGNAL to this process when PARENT's main thread ends (``prctl(PR_SET_PDEATHSIG)``, which
survives ``execve`` but is not inherited by children of the program). It must be set in the child itself;
``preexec_fn`` would run Python between fork and exec in a process with threads, so a program of its own
does it. Run with ``-I -S`` it needs about 10 ms, and nothing of the project is imported.
"""

import ctypes
import fcntl
import os
import signal
import sys
import termios

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def command(deathsig: int, argv: list[str]) -> list[str]:
    """Wrap a command line so that the program gets ``deathsig`` when the calling process ends.

    To be started by the caller's main thread: the signal comes when the starting *thread* ends (prctl(2)).
    """
    return [sys.executable, "-I", "-S", __file__, str(deathsig), str(os.getpid()), "--", *argv]


def main(arguments: list[str]) -> None:
    """Bind the process to its parent's life and become the program.

    Exits with status 125 when it was called wrongly or the parent is gone, 127 when the program cannot run.
    """
    deathsig, parent, dashes, *argv = arguments
    if dashes != "--" or not argv:
        sys.exit(125)
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(deathsig), 0, 0, 0) != 0:
        sys.exit(125)
    # The parent may have died before the call above; then nobody would ever send the signal.
    if os.getppid() != int(parent):
        sys.exit(125)
    # What Python ignores, or a shell for what it starts in the background, the program would ignore as well.
    for number in signal.valid_signals():
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if os.isatty(0) and os.getsid(0) == os.getpid():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # Ctrl-C and changes of its size become signals (tty_ioctl(4))
    try:
        os.execv(argv[0], argv)  # noqa: S606 - the very purpose; argv comes from the image catalogue
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
