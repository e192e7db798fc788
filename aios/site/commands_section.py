"""The section `commands` of the site file: who may send commands over MQTT."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSection(_Strict):
    """A key that may sign remote commands."""

    key: KeyName
    """Name of the key: its public half is the file `KEY.pem` of the folder of keys."""
    person: str = Field(min_length=1, max_length=100)
    """The one person in whose name it may ask."""
    role: str = ""
    """Role of the person, such as OPERATOR (IEC 62351-8)."""
    points: list[str] = Field(min_length=1)
    """Points and sums that it may ask for; shell patterns."""


class CommandsSection(_Strict):
    """Who may send commands over MQTT; a file without this section takes none."""

    keys: str = Field(min_length=1)
    """Folder of the trusted public keys, beside the site file."""
    sender: list[SenderSection] = Field(min_length=1)
    longest_s: float = Field(300.0, gt=0, le=3600)
    """Longest validity of a command, from when it was signed, seconds."""
    per_minute: int = Field(60, ge=1, le=6000)
    """New commands that one key may send in a minute."""
    skew_s: float = Field(5.0, ge=0, le=60)
    """How far a sender's clock may be ahead of the gateway's, seconds."""
    trust_clock: bool = False
    """Believe the machine's clock although nothing says that it is synchronised."""
