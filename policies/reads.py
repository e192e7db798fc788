"""What policies look up in the readings: always, or only where certain quantities are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kernel.command import Command


class Reads(msgspec.Struct, frozen=True):
    """Quantities of which the readings go along with a question."""

    always: frozenset[str] = frozenset()
    when: dict[str, frozenset[str]] = {}
    """By written quantity: what is looked up where it is written."""

    def of(self, commands: Sequence[Command]) -> frozenset[str]:
        """Return what is looked up for these commands.

        >>> Reads(frozenset({"voltage"}), {"enable": frozenset({"frequency"})}).of(())
        frozenset({'voltage'})
        """
        written = {command.point.rpartition("/")[2] for command in commands}
        return self.always.union(*(self.when.get(quantity, ()) for quantity in written))


def reads_of(parameters: Sequence[Mapping[str, Any]]) -> Reads | None:
    """Return what all policies look up; None where one does not say.

    Args:
        parameters: of each. `reads` lists the quantities; `reads_for` names the parameter with the written
            quantities for which it looks them up; without it that is all.
    """
    if not all("reads" in given for given in parameters):
        return None
    always, when = set[str](), dict[str, frozenset[str]]()
    for given in parameters:
        listed = given.get(given.get("reads_for", ""))
        if listed is None:
            always |= set(given["reads"])
            continue
        for quantity in listed:
            when[quantity] = when.get(quantity, frozenset()) | frozenset(given["reads"])
    return Reads(frozenset(always), when)
