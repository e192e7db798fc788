"""Policy bundles: modules and data frozen together, under one revision that every answer must name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.site import Site
from policies.lint import Refused, lint
from policies.reads import Reads, reads_of
from policies.site_facts import site_document

VERSION: Final = "1"
"""Version of the document the gate gives and of the input it takes; part of every revision."""
ENTRY: Final = "data.aios.gate.document"
"""The one rule that is evaluated."""

SHARED: Final = ("commanded", "gate", "readings")
"""Modules of every bundle that are no policies."""
_FOLDER: Final = Path(__file__).parent
_SETTLED: Final = re.compile(r"^settled\(", re.MULTILINE)
"""The head of the function by which a policy says what it has settled."""
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


class Module(msgspec.Struct, frozen=True):
    """One Rego module: where it comes from, and its text."""

    path: str
    text: str


class PolicyBundle(msgspec.Struct, frozen=True, kw_only=True):
    """Policies with their data; the revision changes when either does.

    Invariants: every module passed the lint; `data` is canonical JSON with `revision` inside.
    """

    names: tuple[str, ...]
    """The policies that must each clear a command, sorted."""
    modules: tuple[Module, ...]
    data: str
    """The data document as canonical JSON."""
    revision: str
    """`VERSION-` and the first 12 hexadecimal digits of SHA-256 over modules and data; for a signed bundle
    its own revision, `+` and 8 digits, so that it names the facts of the site as well."""
    reads: Reads | None = None
    """What the policies look up in the readings; None where one of them does not say."""


class BundleRefused(ValueError):
    """A bundle that must not be loaded; `findings` says all that is wrong, not just the first."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("policy bundle refused: " + "; ".join(findings))
        self.findings = tuple(findings)


def shipped() -> tuple[str, ...]:
    """Name the policies that come with the product.

    >>> "xfmr_loading" in shipped()
    True
    """
    return tuple(sorted(path.stem for path in (_FOLDER / "data").glob("*.json")))


def load_bundle(names: Sequence[str], site: Site) -> PolicyBundle:
    """Load shipped policies by name, with the facts of a site.

    Raises:
        BundleRefused: no policy is named (nothing would judge), a name is not known, a module uses
            what our evaluators do not agree on, or the site cannot be described.
    """
    known = shipped()
    findings = [
        f"policy {name} is not known; there are {', '.join(known)}" for name in names if name not in known
    ]
    if not names:
        findings.append("no policy is named: a bundle that judges nothing permits nothing")
    if findings:
        raise BundleRefused(findings)
    chosen = tuple(sorted(set(names)))
    policies = {name: _module(name) for name in chosen}
    modules = [*(_module(name) for name in SHARED), roll_call(policies), *policies.values()]
    parameters = {
        name: msgspec.json.decode((_FOLDER / "data" / f"{name}.json").read_bytes()) for name in chosen
    }
    try:
        facts = site_document(site)
    except ValueError as error:
        raise BundleRefused([str(error)]) from error
    return make_bundle(chosen, modules, {"site": facts, "parameters": parameters})


def make_bundle(
    names: Sequence[str], modules: Sequence[Module], data: dict[str, Any], *, shelf: str = ""
) -> PolicyBundle:
    """Freeze modules and data under their revision.

    Args:
        names: of the policies.
        modules: theirs and those that they share.
        data: their parameters and the facts of the site.
        shelf: revision of the signed bundle that they come from; empty where they come from none.

    Raises:
        BundleRefused: a module fails the lint.
    """
    refused: list[Refused] = [finding for module in modules for finding in lint(module.path, module.text)]
    if refused:
        raise BundleRefused([finding.text for finding in refused])
    chosen = tuple(sorted(names))
    content = {
        "version": VERSION,
        "names": chosen,
        "modules": sorted(modules, key=lambda m: m.path),
        "data": data,
    }
    digest = hashlib.sha256(_CANONICAL.encode(content)).hexdigest()
    revision = f"{shelf}+{digest[:8]}" if shelf else f"{VERSION}-{digest[:12]}"
    complete = {**data, "revision": revision}
    return PolicyBundle(
        names=chosen,
        modules=tuple(modules),
        data=_CANONICAL.encode(complete).decode(),
        revision=revision,
        reads=reads_of([data.get("parameters", {}).get(name, {}) for name in chosen]),
    )


def roll_call(policies: Mapping[str, Module]) -> Module:
    """Write the module that names the policies of a bundle.

    A command is clear when every one of them has cleared it; what any of them denies, clamps or asks
    counts. The names are spelled out because both evaluators compute a whole package for a computed name. A
    policy has no rule of a name that stands in no text of its package, and is not asked for it in every tick.
    One that has settled every command of a tick has nothing else to say of them; all others stay open.

    Args:
        policies: the module of each, by name.
    """
    rules = [
        "clear := " + " & ".join(f"data.aios.policies.{name}.clear" for name in policies),
        _open(policies),
    ]
    for kind in ("deny", "clamp", "ask"):
        saying = [name for name in policies if any(_says(kind, name, one) for one in policies.values())]
        rules += [_lines(kind, name) for name in saying]
        rules += [] if saying else [f"{kind} := set()"]
    return Module("roll_call.rego", "\n\n".join(["package aios.roll_call", "import rego.v1", *rules]) + "\n")


def _open(policies: Mapping[str, Module]) -> str:
    """Write the rule that names the policies which have not settled every command: in most ticks none."""
    settling = [name for name, module in policies.items() if _SETTLED.search(module.text)]
    lines = (
        "open := {" + ", ".join(f'"{name}"' for name in policies) + "} - {name |",
        "\tnames := data.aios.commanded.names",
        "\twrites := data.aios.commanded.writes",
        "\tgiven := data.parameters",
        "\tsome name, settled in {",
        *(f'\t\t"{name}": data.aios.policies.{name}.settled(writes, given.{name}),' for name in settling),
        "\t}",
        "\tsettled == names",
        "}",
    )
    return "\n".join(lines)


def _lines(kind: str, name: str) -> str:
    """Write the rule that takes over what a policy denies, clamps or asks, unless it has settled all."""
    source = f"data.aios.policies.{name}.{kind}"
    return f'{kind} contains entry if {{\n\t"{name}" in open\n\tsome entry in {source}\n}}'


def _says(kind: str, name: str, module: Module) -> bool:
    """Tell whether a module may have a rule of this name for a policy; rather yes than no."""
    return f"policies.{name}" in module.text and re.search(rf"\b{kind}\b", module.text) is not None


def policy_tests() -> tuple[Module, ...]:
    """Return the modules with the tests of all shipped policies."""
    return tuple(_read(path) for path in sorted((_FOLDER / "rego").glob("*_test.rego")))


def policy_modules() -> tuple[Module, ...]:
    """Return the modules of all shipped policies and those they share, without their tests."""
    return tuple(_module(name) for name in (*SHARED, *shipped()))


def _module(name: str) -> Module:
    return _read(_FOLDER / "rego" / f"{name}.rego")


def _read(path: Path) -> Module:
    return Module(path.name, path.read_text(encoding="utf-8"))
