import os
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from utils import servers
from utils.sources import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
WEB = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1"]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
CHILD = f"import subprocess, time; subprocess.Popen({SLEEP!r}, start_new_session=True); print('up', flush=True)"


def test_a_server_starts_answers_and_leaves_nothing():
    port = servers.free_port()
    with servers.serving([*WEB, port], lambda _: servers.status_of(port, "/") == 200, ports=[port]) as server:
        assert servers.is_open(port) and len(server.processes()) == 1 and 0 < server.seconds < 90
        assert servers.status_of(port, "/no-such-file") == 404
    assert not servers.is_open(port) and not servers.marked(server.mark)
    assert server.process.returncode == -signal.SIGTERM, "it was asked to end, and was not killed"


def test_free_ports_are_those_that_a_user_may_open():
    first = servers.free_port()
    with socket.create_server(("127.0.0.1", first)):
        assert servers.free_port() != first >= 1024


def test_it_ends_also_when_the_block_fails():
    port = servers.free_port()
    wanted = servers.serving([*WEB, port], lambda _: servers.is_open(port), ports=[port])
    with pytest.raises(KeyError), wanted as server:
        raise KeyError
    assert not servers.is_open(port) and not servers.marked(server.mark)


def test_what_it_started_ends_with_it_also_in_another_session():
    program = [sys.executable, "-c", CHILD + "; time.sleep(60)"]
    with servers.serving(program, lambda server: "up" in server.said()) as server:
        assert len(server.processes()) == 2
    assert not servers.marked(server.mark)


def test_a_port_that_is_taken_is_said_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
        wanted = servers.serving([*WEB, port], lambda _: True, ports=[port])
        with pytest.raises(servers.ServerError, match=f"port {port} is taken"), wanted:
            pass


def test_one_that_ends_at_its_start_shows_the_end_of_its_log():
    program = [sys.executable, "-c", "print('no such model'); raise SystemExit(3)"]
    wanted = servers.serving(program, lambda _: False)
    with pytest.raises(servers.ServerError, match="status 3 at its start(.|\n)*no such model"), wanted:
        pass


def test_one_that_is_never_ready_is_ended():
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    wanted = servers.serving(program, lambda _: False, seconds=0.5)
    with pytest.raises(servers.ServerError, match="not ready after 0.5 s"), wanted:
        pass


def test_one_that_does_not_listen_to_a_signal_is_killed():
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    program += "print('up', flush=True); time.sleep(60)"
    with servers.serving([sys.executable, "-c", program], lambda s: "up" in s.said(), patience=0.5) as server:
        pass
    assert server.process.poll() == -9


def test_a_program_that_does_not_exist_leaves_no_guard():
    before = {process.pid for process in psutil.Process().children()}
    for command in ("no-such-program", "/", __file__):
        with pytest.raises(servers.ServerError, match="cannot be started"), servers.serving([command], lambda _: True):
            pass
    assert {process.pid for process in psutil.Process().children()} == before


def test_an_interrupt_while_it_waits_ends_it():
    seen = []

    def interrupted(server):
        seen.append(server)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), servers.serving(SLEEP, interrupted):
        pass
    assert seen[0].process.poll() is not None and not servers.marked(seen[0].mark)


def test_an_interrupt_of_the_group_does_not_reach_the_server():
    with servers.serving(SLEEP, lambda _: True) as server:
        assert os.getpgid(server.process.pid) != os.getpgid(0)


def test_two_servers_at_once_end_each_by_itself():
    with servers.serving(SLEEP, lambda _: True) as first:
        with servers.serving(SLEEP, lambda _: True) as second:
            assert first.process.pid != second.process.pid
        assert not servers.marked(second.mark) and len(servers.marked(first.mark)) == 1
    assert not servers.marked(first.mark)


def test_what_is_asked_may_fail_as_oserror_and_no_otherwise():
    answers = iter([OSError, True])

    def ask(_):
        answer = next(answers)
        if answer is OSError:
            raise answer
        return answer

    with servers.serving(SLEEP, ask):
        pass
    seen = []

    def broken(server):
        seen.append(server)
        raise ValueError

    with pytest.raises(ValueError), servers.serving(SLEEP, broken):
        pass
    assert not servers.marked(seen[0].mark)


def test_a_port_that_speaks_no_http_counts_as_nobody():
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]

        def mutter():
            for _ in range(2):
                other, _ = line.accept()
                other.recv(100)
                other.sendall(b"220 mail here\r\n")
                other.close()

        thread = threading.Thread(target=mutter, daemon=True)
        thread.start()
        for _ in range(2):
            with pytest.raises(OSError, match=f"no HTTP at port {port}"):
                servers.status_of(port, "/")
        thread.join()


def test_tail():
    assert servers.tail("a\nb\nc\n", 2) == "b\nc"
    assert servers.tail("\n".join(map(str, range(100)))) == "\n".join(map(str, range(40, 100)))


def test_its_environment_is_the_present_one_and_what_is_given():
    program = "import os, time; print(os.environ['HOME'], os.environ['BOOK_TEST'], 'up', flush=True); time.sleep(60)"
    wanted = servers.serving(
        [sys.executable, "-c", program], lambda s: "up" in s.said(), variables={"BOOK_TEST": "given"}
    )
    with wanted as server:
        assert server.said().split() == [os.environ["HOME"], "given", "up"]


def test_what_it_writes_that_is_no_text_is_read_too():
    program = "import os, time; os.write(2, b'\\xff up'); time.sleep(60)"
    with servers.serving([sys.executable, "-c", program], lambda s: "up" in s.said()) as server:
        assert server.said() == "\ufffd up"


def test_a_port_that_is_still_open_afterwards_is_said():
    port = servers.free_port()
    wanted, said = servers.serving(SLEEP, lambda _: True, ports=[port]), f"something listens on its port {port}"
    with pytest.raises(servers.ServerError, match=said), socket.socket() as line, wanted:
        line.bind(("127.0.0.1", port))
        line.listen()
    assert not servers.is_open(port)


def test_the_guard_is_beside_it_and_no_interrupt_of_the_group_reaches_it():
    def guards():
        return [p for p in psutil.Process().children() if servers.__file__ in p.cmdline()]

    with servers.serving(SLEEP, lambda _: True):
        (guard,) = guards()
        assert os.getpgid(guard.pid) == guard.pid != os.getpgid(0)
    assert not guards() and not guard.is_running()


def test_processes_that_have_ended_or_carry_another_mark_are_not_found():
    environment = os.environ | {servers.MARK: "mark-of-the-test"}
    with subprocess.Popen(SLEEP, env=environment) as sleeper:
        assert [p.pid for p in servers.marked("mark-of-the-test")] == [sleeper.pid]
        assert not servers.marked("another-mark")
        sleeper.kill()
        while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert not servers.marked("mark-of-the-test"), "it has ended, and waits for nobody but its parent"


def test_it_ends_also_when_its_starter_is_killed():
    starter = """
import os, sys, time
from utils.servers import serving
with serving([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"],
             lambda s: "up" in s.said()) as server:
    print(server.mark, flush=True)
    time.sleep(60)
"""
    command = [sys.executable, "-c", starter]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as life:
        mark = life.stdout.readline().strip()
        assert len(servers.marked(mark)) == 1
        life.send_signal(signal.SIGKILL)
        end = time.monotonic() + 20
        while servers.marked(mark) and time.monotonic() < end:
            time.sleep(0.05)
    assert not servers.marked(mark)
