"""Inside a new network namespace: run a command, and count and name every attempt that it makes to leave.

    namespace.py REPORT COMMAND…

Only the loopback interface leads anywhere. An interface without another end takes the default route, so that whatever
is meant for elsewhere passes it; a packet socket reads it there. REPORT, a file (or nothing, ""), is written when the
command ends: JSON from what was tried to how many packets. Standard library only.
"""

import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
from collections import Counter
from pathlib import Path

OUTSIDE = "outside0"  # leads nowhere
# netlink, see rtnetlink(7)
NEW_LINK, NEW_ADDRESS, NEW_ROUTE = 16, 20, 24
REQUEST, ACKNOWLEDGE, CREATE = 0x1, 0x4, 0x400
IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND = 3, 18, 1
IFA_ADDRESS, IFA_LOCAL, RTA_OIF = 1, 2, 4
UP, NO_ARP, NO_DUPLICATE_CHECK = 0x1, 0x80, 0x02
# packets
ALL_PROTOCOLS, OUTGOING, ATTACH_FILTER = 0x0003, 4, 26
TCP, UDP, IGMP, ICMP6 = 6, 17, 2, 58
DNS = 53


def main(report, command):
    """Exit status of the command, run in this namespace with its attempts to leave written to `report`."""
    set_up_interfaces()
    watched = [packets_of(OUTSIDE), packets_of("lo", only_questions=True)]
    child = os.fork()
    if child == 0:
        for one in watched:
            one.close()
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends with its watcher
        os.execvp(command[0], command)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command's to answer
    attempts, end = Counter(), os.pidfd_open(child)
    while end not in select.select([*watched, end], [], [])[0]:
        for one in watched:
            attempts.update(_named(one))
    for one in watched:
        attempts.update(_named(one))
    if report:
        _write(report, attempts)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def set_up_interfaces():
    """Bring the loopback interface up, and one that leads nowhere with the default routes."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        _add_interface(netlink)
        for index, name in socket.if_nameindex():
            flags = UP if name == "lo" else UP | NO_ARP  # nobody is there to tell a hardware address
            _ask(netlink, NEW_LINK, 0, struct.pack("BxHiII", 0, 0, index, flags, flags))
        index = socket.if_nametoindex(OUTSIDE)
        for family, address, bits in ((socket.AF_INET, "192.0.0.8", 32), (socket.AF_INET6, "100::8", 128)):
            if family == socket.AF_INET6 and not Path("/proc/net/if_inet6").exists():
                continue  # a kernel without it
            packed = socket.inet_pton(family, address)  # a dummy and a discard address
            own = struct.pack("BBBBI", family, bits, NO_DUPLICATE_CHECK, 0, index)
            _ask(netlink, NEW_ADDRESS, CREATE, own + _attribute(IFA_LOCAL, packed) + _attribute(IFA_ADDRESS, packed))
            main_table, static, everywhere, unicast = 254, 4, 0, 1
            route = struct.pack("BBBBBBBBI", family, 0, 0, 0, main_table, static, everywhere, unicast, 0)
            _ask(netlink, NEW_ROUTE, CREATE, route + _attribute(RTA_OIF, struct.pack("i", index)))
    Path("/proc/sys/net/ipv4/tcp_syn_retries").write_text("1")  # nobody answers: let who tries know soon


def _add_interface(netlink):
    for kind in (b"dummy", b"veth"):  # some kernels have only the second, a pair of which the other end hears
        asked = _attribute(IFLA_IFNAME, OUTSIDE.encode() + b"\0")
        asked += _attribute(IFLA_LINKINFO, _attribute(IFLA_INFO_KIND, kind))
        try:
            return _ask(netlink, NEW_LINK, CREATE, struct.pack("BxHiII", 0, 0, 0, 0, 0) + asked)
        except OSError as error:
            refusal = error
    raise refusal


def _attribute(kind, content):
    length = 4 + len(content)
    return struct.pack("HH", length, kind) + content + b"\0" * (-length % 4)


def _ask(netlink, kind, flags, content):
    flags |= REQUEST | ACKNOWLEDGE
    netlink.send(struct.pack("IHHII", 16 + len(content), kind, flags, 1, 0) + content)
    (code,) = struct.unpack_from("i", netlink.recv(4096), 16)
    if code:
        raise OSError(-code, os.strerror(-code))


def packets_of(interface, only_questions=False):
    """A socket that reads the packets of an interface; if `only_questions`, those to a name server."""
    reader = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
    if only_questions:  # sorted out in the kernel, which else would copy all that local servers say
        program = [
            (0x30, 0, 0, 9),  # protocol of an IPv4 packet
            (0x15, 0, 4, UDP),
            (0xB1, 0, 0, 0),  # length of its header
            (0x48, 0, 0, 2),  # port of the destination
            (0x15, 0, 1, DNS),
            (0x06, 0, 0, 0xFFFF),
            (0x06, 0, 0, 0),
        ]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
        reader.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))
    reader.bind((interface, ALL_PROTOCOLS))
    reader.setblocking(False)
    return reader


def _named(reader):
    """What the packets that wait in a socket were meant for, one text each."""
    while True:
        try:
            packet, (_, _, direction, *_) = reader.recvfrom(65536)
        except BlockingIOError:
            return
        meant = described(packet) if direction == OUTGOING else None
        if meant:
            yield meant


def described(packet):
    """What an IP packet is meant for, as text; None for what the kernel sends of its own accord."""
    version = packet[0] >> 4
    if version == 4:
        protocol, header, address = packet[9], 4 * (packet[0] & 15), socket.inet_ntop(socket.AF_INET, packet[16:20])
    elif version == 6:
        protocol, header, address = packet[6], 40, socket.inet_ntop(socket.AF_INET6, packet[24:40])
    else:
        return None
    if protocol in (IGMP, ICMP6) or version == 6 and protocol == 0:  # memberships and neighbours
        return None
    if protocol not in (TCP, UDP):
        return f"{address}, protocol {protocol}"
    port = struct.unpack_from("!H", packet, header + 2)[0]
    if protocol == UDP and port == DNS:
        return f"the address of {_question(packet[header + 8 :])}"
    return f"{address} port {port} ({'TCP' if protocol == TCP else 'UDP'})"


def _question(message):
    """The name that a DNS message asks for."""
    labels, place = [], 12
    while place < len(message) and message[place]:
        labels.append(message[place + 1 : place + 1 + message[place]].decode("ascii", "replace"))
        place += 1 + message[place]
    return ".".join(labels)


def _write(report, attempts):
    temporary = Path(report + ".tmp")
    temporary.write_text(json.dumps(attempts, indent=1, sort_keys=True) + "\n")
    temporary.replace(report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
