"""Loaded by every Python process under the guard: connections and look-ups that leave this machine are refused."""

import ipaddress
import socket

_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _refuse_unless_local(host):
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        if ipaddress.ip_address(name).is_loopback or name in ("0.0.0.0", "::"):
            return
    except ValueError:
        pass
    raise OSError(f"the book runs offline: a connection to {name!r} was refused")


def _guarded(connect):
    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(address[0])
        return connect(self, address)

    return guarded


def _guarded_getaddrinfo(host, *arguments, **options):
    _refuse_unless_local(host)
    return _getaddrinfo(host, *arguments, **options)


socket.socket.connect = _guarded(_connect)
socket.socket.connect_ex = _guarded(_connect_ex)
socket.getaddrinfo = _guarded_getaddrinfo
