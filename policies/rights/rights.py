"""Asks the policy of rights: whatever is no well-formed permit is a refusal, with its reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from policies.bundle import BundleRefused, Module
from policies.embedded import EvaluationFailed, Evaluator
from policies.lint import lint

ENTRY: Final = "data.aios.rights.document"
"""The one rule that is evaluated."""
REMEMBERED: Final = 4096
"""Answers that are kept: the rights of a process are fixed, and a page asks the same ones each second."""
_FOLDER: Final = Path(__file__).parent


class RightAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to do what to which kind of object, at which site."""

    person: str
    roles: tuple[str, ...]
    sites: tuple[str, ...]
    """Sites that the person is assigned to; `*` is every one."""
    action: str
    kind: str
    site: str


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """The right is there, by these roles."""

    roles: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The right is not there, and why."""

    why: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    granted: bool
    roles: tuple[str, ...]
    reasons: tuple[str, ...]


class Rights:
    """Rights of a site: fixed modules and data; the default is no."""

    def __init__(self, table: Mapping[str, Any] | None = None, modules: Sequence[Module] = ()) -> None:
        """Compile the rights.

        Args:
            table: who may what; the shipped one where not given.
            modules: Rego in the place of the shipped module.

        Raises:
            BundleRefused: a module uses what our evaluators do not agree on.
            EvaluationFailed: a module does not compile.
        """
        chosen = tuple(modules) or (shipped_module(),)
        findings = [found.text for module in chosen for found in lint(module.path, module.text)]
        if findings:
            raise BundleRefused(findings)
        rights = shipped_table() if table is None else table
        self._evaluator = Evaluator(chosen, msgspec.json.encode({"rights": rights}).decode())
        self._answers = lru_cache(maxsize=REMEMBERED)(self._judge)

    def may(self, asked: RightAsked) -> Granted | Refused:
        """Answer whether a person may; an evaluator that fails grants nothing."""
        return self._answers(asked)

    def _judge(self, asked: RightAsked) -> Granted | Refused:
        try:
            found = msgspec.convert(self._evaluator.evaluate(ENTRY, msgspec.json.encode(asked)), _Document)
        except (EvaluationFailed, msgspec.ValidationError) as failure:
            return Refused(why=f"the policy of rights gave no answer: {failure}")
        if found.granted and found.roles and not found.reasons:
            return Granted(roles=tuple(sorted(found.roles)))
        return Refused(why="; ".join(sorted(found.reasons)) or "no role of this person grants it")


def shipped_table() -> dict[str, Any]:
    """Return who may what as it is shipped."""
    table: dict[str, Any] = msgspec.json.decode((_FOLDER / "rights.json").read_bytes())
    return table


def shipped_module() -> Module:
    """Return the shipped rule of rights."""
    return Module("rights.rego", (_FOLDER / "rights.rego").read_text(encoding="utf-8"))


def shipped_tests() -> Module:
    """Return the tests beside the shipped rule."""
    return Module("rights_test.rego", (_FOLDER / "rights_test.rego").read_text(encoding="utf-8"))
