"""The section `access` of the site file: which control rooms vouch for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from aios.site.commands_section import KeyName
from kernel.site import Access, VouchingDesk


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeskSection(_Strict):
    """A control room."""

    key: KeyName
    """Name of its key: the public half is the file `KEY.pem` of the folder of keys."""
    roles: list[str] = Field(min_length=1)
    """Roles that it may vouch for, such as OPERATOR (IEC 62351-8)."""


class AccessSection(_Strict):
    """Whose vouches are taken; without this section whoever may open the gateway's socket is believed."""

    keys: str = Field(min_length=1)
    """Folder of the trusted public keys, beside the site file."""
    desks: list[DeskSection] = Field(min_length=1)

    def wrong(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield what is wrong, with its place in the file."""
        seen: set[str] = set()
        for place, desk in enumerate(self.desks):
            if desk.key in seen:
                yield ("access", "desks", place, "key"), f"desk {desk.key} is named twice"
            seen.add(desk.key)

    def as_noun(self, folder: Path) -> Access:
        """Return it with the folder of the site file before its own."""
        desks = tuple(VouchingDesk(key=one.key, roles=tuple(one.roles)) for one in self.desks)
        return Access(keys=str(folder / self.keys), desks=desks)
