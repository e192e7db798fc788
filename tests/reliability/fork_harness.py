"""The fork harness: a process that holds the devices forks gateways and kills them, again and again.

Everything is imported once; a life costs a fork and a start. What a gateway had sent when it died reaches the
device, or not: both happen. At the end a last gateway settles what is open, and the devices are asked.
"""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from aios.folder import Folder
from aios.gateway.compose import bundle_of
from benchmarks.kill9.field import Evidence, _counter
from benchmarks.kill9.judge import Record, judge, record_of
from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.link import ILLEGAL_ADDRESS, ILLEGAL_VALUE
from kernel.journal.commands import CommandJournal
from policies.embedded import EmbeddedGate
from simulators.devices.make import make_bank
from tests.reliability.forked_gateway import SETTLED, TICK_NS, Orders, live, site_of_the_kills

IN_START: Final = 0.2
"""Share of the kills that strike at any moment from the fork on; the others after the first reading."""
START_S: Final = 0.04
LIFE_S: Final = 0.02
"""Longest life after the first reading, real seconds."""
WAIT_S: Final = 60.0
PAUSE_NS: Final = 25 * TICK_NS
"""Operational time between two lives."""
_EPOCH_NS: Final = 1_795_376_000_000_000_000


class HarnessFailed(RuntimeError):
    """A gateway ended by itself; nothing can be said of the promise."""


@dataclass(slots=True, kw_only=True)
class Field:
    """The devices, and what the gateways said; it lives through all kills."""

    folder: Path
    dice: random.Random
    sabotage: str = ""
    now_ns: int = _EPOCH_NS
    lives: int = 0
    acknowledged: list[str] = field(default_factory=list)
    """Heads of the journal's chain that a gateway has gone on from."""
    _banks: dict[str, Any] = field(default_factory=dict)
    _site: Any = None
    _gate: Any = None

    def __post_init__(self) -> None:
        self._site = site_of_the_kills()
        self._gate = EmbeddedGate(bundle_of(self._site))
        self._banks = {
            device.name: make_bank(device, self._site.asset[device.asset]) for device in self._site.devices
        }

    def kill_once(self) -> None:
        """Start a gateway, serve it, kill it at a random moment."""
        near, child = self._start(settle=False)
        began_s = time.monotonic()
        end_s = began_s + WAIT_S
        if self.dice.random() < IN_START:
            end_s = began_s + self.dice.uniform(0.0, START_S)
        is_first = end_s > began_s + START_S
        try:
            while (left_s := end_s - time.monotonic()) > 0:
                if not select.select([near], [], [], left_s)[0]:
                    break
                if not self._serve(near):
                    raise HarnessFailed(self._why())
                if is_first:
                    is_first, end_s = False, time.monotonic() + self.dice.uniform(0.0, LIFE_S)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        self._deliver_what_was_sent(near)
        near.close()

    def settle(self) -> None:
        """Start a last gateway that asks for nothing, and wait until nothing is open.

        Raises:
            HarnessFailed: it does not settle.
        """
        near, child = self._start(settle=True)
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s and self._serve(near):
            pass
        near.close()
        if time.monotonic() >= end_s:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != SETTLED:
            raise HarnessFailed(f"the last gateway did not settle: {self._why()}")

    def _start(self, *, settle: bool) -> tuple[socket.socket, int]:
        self.lives += 1
        self.now_ns += PAUSE_NS
        orders = Orders(
            folder=self.folder,
            run=f"k{self.lives}",
            start_ns=self.now_ns,
            settle=settle,
            sabotage=self.sabotage,
        )
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with warnings.catch_warnings():  # the child uses no thread and no lock of this process
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            near.close()
            live(orders, far, self._site, self._gate)
        far.close()
        return near, child

    def _serve(self, near: socket.socket) -> bool:
        """Take one message and answer it; False when the gateway is gone."""
        message = near.recv(65536)
        if not message:
            return False
        said = msgspec.msgpack.decode(message)
        if said[0] == "ack":
            self.acknowledged.append(said[1])
            return True
        try:
            near.send(msgspec.msgpack.encode(self._do(*said)))
        except OSError:  # it died while it waited
            return False
        return True

    def _do(self, what: str, device: str, table: str, address: int, rest: Any, now_ns: int) -> Any:
        self.now_ns = max(self.now_ns, now_ns)
        bank = self._banks[device]
        try:
            if what == "read":
                return bank.read(Table(table), address, rest, self.now_ns)
            bank.write(Table(table), address, rest, self.now_ns)
        except IllegalAddress:
            return ILLEGAL_ADDRESS
        except IllegalValue:
            return ILLEGAL_VALUE
        return []

    def _deliver_what_was_sent(self, near: socket.socket) -> None:
        """Let what was on the wire when the gateway died reach the device, or get lost."""
        near.settimeout(0.0)
        while True:
            try:
                message = near.recv(65536)
            except OSError:
                return
            if not message:
                return
            said = msgspec.msgpack.decode(message)
            if said[0] == "ack":
                self.acknowledged.append(said[1])
            elif self.dice.random() < 0.5:
                self._do(*said)

    def _why(self) -> str:
        told = self.folder / "failed.txt"
        return told.read_text(encoding="utf-8") if told.exists() else "a gateway ended and said nothing"

    def violations(self) -> tuple[tuple[str, ...], Record]:
        """Ask the devices and the journal; return what does not agree, and what the journal says."""
        journal = CommandJournal(Folder(root=self.folder).commands, read_only=True)
        entries = tuple(journal.entries())
        journal.close()
        record = record_of(entries)
        inverter, breaker = self._banks["inverter"], self._banks["breaker"]
        evidence = Evidence(
            setpoints=inverter.journal,
            pulses=breaker.journal,
            executions=_counter(inverter, 6, self.now_ns),
            duplicates=_counter(inverter, 8, self.now_ns),
            operations=_counter(breaker, 0, self.now_ns),
        )
        heads = {entry.hash.hex() for entry in entries}
        lost = tuple(
            f"acknowledged {head[:16]} is not in the journal"
            for head in self.acknowledged
            if head not in heads
        )
        return (*judge(record, evidence), *lost), record
