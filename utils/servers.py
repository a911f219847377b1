"""Programs that serve: started in processes of their own, awaited, and ended with all that they started."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MARK = "BOOK_SERVER"  # this variable tells whose a process is; what a server starts inherits it
TAIL = 60  # lines of a log that an error shows
KILLING = 15  # seconds after which it is an error that a killed process still lives


class ServerError(Exception):
    """A server did not start, or left something behind."""


@dataclass
class Server:
    """A running program and all that it started."""

    process: subprocess.Popen
    log: Path
    mark: str
    seconds: float = field(default=0.0)  # from its start until it was ready

    def said(self):
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def processes(self):
        """Its processes that are alive: itself, and all that it or they started, however far they have gone."""
        return marked(self.mark)


def free_port(address="127.0.0.1"):
    """A port of an address of this machine that nothing listens on at this moment; another may take it in the next."""
    with socket.create_server((address, 0)) as line:
        return line.getsockname()[1]


def is_open(port, address="127.0.0.1"):
    """Whether something listens on a port of an address of this machine."""
    with socket.socket() as line:
        return line.connect_ex((address, port)) == 0


def status_of(port, path, seconds=5):
    """The HTTP status of a path, asked at a port of the loopback address; ``OSError`` if nobody answers."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except http.client.HTTPException as error:  # something answers that speaks no HTTP
        raise OSError(f"no HTTP at port {port}: {type(error).__name__}: {error}") from error
    finally:
        line.close()


def marked(mark):
    """The living processes (``psutil.Process``) that carry a mark in their environment.

    One whose environment cannot be read is not found: another user's, one that has cleared its own, and on macOS
    programs that the system protects.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # it has ended meanwhile, or is another user's
            continue
    return found


def tail(text, lines=TAIL):
    """The last lines of a text."""
    return "\n".join(text.strip().splitlines()[-lines:])


@contextmanager
def serving(command, is_ready, *, seconds=90, variables=None, ports=(), patience=15):
    """A program that serves, as a context: inside it the program is ready; after it nothing of it is left.

    If this process is killed meanwhile, a guard beside it ends the program and all that it started.

    Parameters
    ----------
    command : list of str
        The program and its arguments.
    is_ready : function
        Asked again and again, with the :class:`Server`, until it says true. What it raises as ``OSError`` (nobody
        listens yet) counts as no.
    seconds : float
        After these it is an error not to be ready.
    variables : dict, optional
        Environment variables besides the present ones.
    ports : sequence of int, optional
        Those of 127.0.0.1 that the program is told to listen on: they must be free before, and are free after it.
    patience : float
        Seconds to end by itself when it is told to (SIGTERM); then it is killed.

    Raises
    ------
    ServerError
        If a port is taken, or the program cannot be started, ends before it is ready or is not ready in time (the
        message shows the end of its log), or if something is left of it.
    """
    if taken := [port for port in ports if is_open(port)]:
        raise ServerError(f"port {taken[0]} is taken: another program listens there; choose another, or free_port()")
    mark = uuid.uuid4().hex
    environment = {**os.environ, **(variables or {}), MARK: mark}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        guard = subprocess.Popen([sys.executable, __file__, mark], stdin=subprocess.PIPE, start_new_session=True)
        try:
            with log.open("w") as file:
                start = time.monotonic()
                try:
                    process = subprocess.Popen(
                        list(map(str, command)),
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=file,
                        start_new_session=True,  # an interrupt from the keyboard is for us alone
                    )
                except OSError as error:
                    raise ServerError(f"{command[0]} cannot be started: {error}") from error
            server = Server(process, log, mark)
            try:
                _await(server, is_ready, seconds)
                server.seconds = time.monotonic() - start
                yield server
            finally:
                _end(process, patience)
        finally:
            try:
                _kill(mark)
            finally:
                guard.communicate()
        if still := [port for port in ports if is_open(port)]:
            raise ServerError(f"the server has ended, but something listens on its port {still[0]}")


def _await(server, is_ready, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            if is_ready(server):
                return
        except OSError:
            pass
        status = server.process.poll()
        late = time.monotonic() > end
        if status is not None or late:
            ended = f"ended with status {status} at its start"
            what = f"was not ready after {seconds:g} s" if status is None else ended
            raise ServerError(f"the server {what}. The end of its log:\n{tail(server.said())}")
        time.sleep(0.05)


def _end(process, patience):
    """Tell it to stop; kill it if it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _kill(mark):
    """Kill all that carry a mark, and what they start meanwhile."""
    end = time.monotonic() + KILLING
    while left := marked(mark):
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, 2)
        if time.monotonic() > end:
            raise ServerError(f"these processes could not be ended: {left}")


if __name__ == "__main__":  # the guard: when its starter is gone, however that died, so are the processes of this mark
    sys.stdin.read()
    _kill(sys.argv[1])
