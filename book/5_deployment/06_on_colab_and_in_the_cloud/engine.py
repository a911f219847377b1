"""Building the image of the service with a container engine, where there is one."""

import os
import shutil
import subprocess
import time
import urllib.request

ASKED = "BOOK_BUILD_IMAGE"  # set it to 1 to allow building, which needs the network


def engine():
    """Name of a container engine that answers on this machine, or None."""
    for name in ("docker", "podman"):
        if shutil.which(name):
            try:  # a client may be there without the service behind it
                asked = subprocess.run([name, "info"], capture_output=True, timeout=30)
            except (subprocess.TimeoutExpired, OSError):
                continue
            if asked.returncode == 0:
                return name
    return None


def decision():
    """Engine to build with, or None; and the reason in words."""
    found = engine()
    if found is None:
        return None, "no container engine answers here, so the image was not built"
    if os.environ.get(ASKED) != "1":
        return None, f"{found} answers, but {ASKED} is not 1, so the image was not built"
    return found, f"{found} answers, and the image was built"


def told(name, *words, seconds=60):
    """What the engine prints when it is told something."""
    ran = subprocess.run([name, *words], capture_output=True, text=True, timeout=seconds)
    if ran.returncode:
        raise RuntimeError(f"{name} {words[0]}: {ran.stderr.strip()[-500:]}")
    return ran.stdout.strip()


def wait_until_healthy(name, container, seconds):
    """Wait for the container's own health check; the seconds that it took."""
    start, health = time.monotonic(), "unknown"
    while time.monotonic() < start + seconds:
        if name == "podman":  # it leaves the check to systemd, which may be missing
            check = [name, "healthcheck", "run", container]
            subprocess.run(check, capture_output=True, timeout=30)
        health = told(name, "inspect", "--format", "{{.State.Health.Status}}", container)
        if health == "healthy":
            return time.monotonic() - start
        if health == "unhealthy":
            break
        time.sleep(0.5)
    raise RuntimeError(
        f"the container is {health}: {told(name, 'logs', container)[-500:]}"
    )


def wait_until_ready(name, container, address, seconds):
    """Wait until the model is loaded; the health check says only that it is alive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=5):
                return
        except OSError:  # not open yet, or a status of 503
            time.sleep(0.2)
    raise RuntimeError(f"{address} is not ready: {told(name, 'logs', container)[-500:]}")


def built_and_run(name, root, recipe, ask, seconds=180):
    """Build, start, wait until healthy and ready, ask, stop, remove: what was seen."""
    tag, options = f"book-sentiment-{os.getpid()}", ["--file", str(recipe)]
    if name == "podman":  # else it leaves out the health check, and what to ignore
        options += ["--format", "docker", "--ignorefile", f"{recipe}.dockerignore"]
    told(name, "build", *options, "--tag", tag, str(root), seconds=3600)
    try:
        size = int(told(name, "image", "inspect", "--format", "{{.Size}}", tag))
        locked = ["--read-only", "--tmpfs", "/tmp", "--publish", "127.0.0.1::8000"]
        container = told(name, "run", "--detach", *locked, tag)
        try:
            healthy_after = wait_until_healthy(name, container, seconds)
            address = "http://" + told(name, "port", container, "8000").splitlines()[0]
            wait_until_ready(name, container, address, seconds)
            answer = ask(address)
            told(name, "stop", "-t", "10", container)
            status = told(name, "inspect", "--format", "{{.State.ExitCode}}", container)
        finally:
            told(name, "rm", "--force", container)
    finally:
        told(name, "rmi", "--force", tag)
    return {
        "megabytes": size / 1e6,
        "healthy_after": healthy_after,
        "answer": answer,
        "exit_status": int(status),
    }
