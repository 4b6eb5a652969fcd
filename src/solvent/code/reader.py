"""A process that reads files for another: chunks of paths come in, their facts go out.

Started as `python -m solvent.code.reader`, so that the program that scans is neither imported again
nor forked.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solvent.code.draft import Facts

_FAILED = (EOFError, OSError, pickle.UnpicklingError)


class Reader:
    """One such process; it is started anew when it has died.

    Args:
        work: Reads one file; a function of a module, with its arguments bound.
    """

    def __init__(self, work: Callable[[Any], Facts]) -> None:
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, paths: Sequence[Any]) -> list[Facts] | None:
        """Return the facts of some files; None when the process died over them."""
        try:
            process = self._started()
            assert process.stdin  # noqa: S101  it was opened with pipes
            assert process.stdout  # noqa: S101
            pickle.dump(list(paths), process.stdin)
            process.stdin.flush()
            found: list[Facts] = pickle.load(process.stdout)  # noqa: S301  our own process wrote it
        except _FAILED:
            self.close()
            return None
        return found

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(OSError):
                        pipe.close()
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  this very interpreter
                [sys.executable, "-c", _MAIN, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert self._process.stdin  # noqa: S101  it was opened with a pipe
            pickle.dump(self._work, self._process.stdin)
        return self._process


_MAIN = "import sys; sys.path[:] = sys.argv[1:]; from solvent.code.reader import serve; serve()"


def serve() -> None:
    """Answer chunks of paths with their facts until there are no more."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    work = pickle.load(source)  # noqa: S301  the process that started this one wrote it
    while True:
        try:
            paths = pickle.load(source)  # noqa: S301  likewise
        except EOFError:
            return
        pickle.dump([work(path) for path in paths], sink)
        sink.flush()
