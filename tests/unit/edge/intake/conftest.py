"""A gateway's intake over a fake plant, and someone who signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.door import Door
from edge.intake.intake import Intake
from edge.intake.token import sign
from kernel.journal.commands import CommandJournal
from kernel.remote import CommandClaims
from kernel.request import Requested
from kernel.shell.wire import Answer, HearCommand
from kernel.site import RemoteCommands, Sender
from tests.unit.kernel.conftest import BATTERY, BREAKER
from tests.unit.kernel.shell.test_kernel import Plant

START_S = 1000.0
"""Civil time at which a plant begins, seconds."""


@dataclass
class Signatory:
    """Holds the private half of a key, whose public half lies in the folder of trusted keys."""

    folder: Path
    name: str = "dispatch"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def trust(self) -> Signatory:
        self.folder.mkdir(exist_ok=True)
        pem = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.file.write_bytes(pem)
        return self

    def token(self, id: str = "c1", **claims: Any) -> str:  # noqa: A002 - the word of the contract
        return sign(claimed(id, **claims), self.private, key=self.name)


def claimed(id: str = "c1", **claims: Any) -> CommandClaims:  # noqa: A002 - the word of the contract
    usual: dict[str, Any] = {
        "v": 1,
        "jti": id,
        "aud": "s",
        "sub": "ann",
        "iat": START_S,
        "exp": START_S + 60,
        "point": BATTERY,
        "value": 5.0,
        "unit": "kW",
        "reason": "peak",
    }
    return CommandClaims(**usual | claims)


class Gate:
    """The intake of a plant, from a start to an end; another one over the same folder is a restart."""

    def __init__(
        self,
        folder: Path,
        run: str = "r",
        start_s: float = START_S,
        shell: Mapping[str, Any] = MappingProxyType({}),
        **terms: Any,
    ) -> None:
        self.folder, self.plant = folder, Plant(folder, run=run, start_ns=round(start_s * 1e9), **shell)
        senders = (
            Sender(
                key="dispatch", person="ann", role="OPERATOR", points=(BATTERY, BREAKER, "grid/*", "no/*")
            ),
            Sender(key="other", person="bob", points=("bat/*",)),
        )
        self.terms = RemoteCommands(keys=str(folder / "keys"), senders=senders, **terms)
        self.door = Door(self.plant.kernel)
        self.intake = Intake(self.plant.kernel, self.door, self.terms)

    async def hear(self, token: str) -> Answer:
        return await self.intake.hear(HearCommand(token=token))

    def written(self, point: str = BATTERY) -> list[float]:
        return [command.value for command in self.plant.driver.writes if command.point == point]

    def for_people(self) -> list[float]:
        writes = self.plant.driver.writes
        return [command.value for command in writes if command.asked_by.startswith("person:")]

    def journalled(self, key: str) -> list[Requested]:
        journal = CommandJournal(self.folder / "commands.db", read_only=True)
        bodies = [entry.body for entry in journal.entries(subject=key) if entry.kind == "request"]
        journal.close()
        return [msgspec.json.decode(body, type=Requested) for body in bodies]

    def close(self) -> None:
        self.plant.kernel.close()


@pytest.fixture
def ann(tmp_path: Path) -> Signatory:
    return Signatory(tmp_path / "keys").trust()


@pytest.fixture
def gate(tmp_path: Path, ann: Signatory):
    made = Gate(tmp_path)
    yield made
    made.close()
