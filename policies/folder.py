"""Policies of a folder beside the shipped ones: a change is tried on a recording before it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from kernel.site import Site
from policies.bundle import SHARED, BundleRefused, Module, PolicyBundle, load_bundle, make_bundle, roll_call
from policies.site_facts import site_document


def bundle_at(path: Path, site: Site) -> PolicyBundle:
    """Read a policy bundle, or make one of the policies of a site and those of a folder.

    Args:
        path: a bundle as JSON; or a folder with `NAME.rego` and `NAME.json` (its parameters). What bears the
            name of a shipped policy takes its place, a file at a time; any other name is added.
        site: whose policies and facts are judged with.

    Raises:
        FileNotFoundError: there is nothing at the path, or nothing of a policy in the folder.
        BundleRefused: the bundle must not be loaded; all that is wrong is said.
    """
    if path.is_file():
        try:
            return msgspec.json.decode(path.read_bytes(), type=PolicyBundle)
        except msgspec.MsgspecError as error:
            raise BundleRefused([f"{path} is no policy bundle: {error}"]) from error
    return _made(policy_files(path), site)


def policy_files(folder: Path) -> dict[str, Path]:
    """Return the files of policies in a folder by name, without their tests.

    Raises:
        FileNotFoundError: there is none.
    """
    files = {file.name: file for file in sorted(folder.glob("*")) if file.suffix in {".rego", ".json"}}
    files = {name: file for name, file in files.items() if not name.endswith("_test.rego")}
    if not files:
        raise FileNotFoundError(f"no policy (NAME.rego or NAME.json) in {folder}")
    return files


def _made(files: dict[str, Path], site: Site) -> PolicyBundle:
    names, modules, parameters = merged(files, site)
    called = roll_call(
        {name: module for module in modules if (name := module.path[: -len(".rego")]) in names}
    )
    facts = site_document(site)
    return make_bundle(names, [called, *modules], {"site": facts, "parameters": parameters})


def merged(files: dict[str, Path], site: Site) -> tuple[tuple[str, ...], tuple[Module, ...], dict[str, Any]]:
    """Return names, modules and parameters: those of a site, and the files of a folder over them.

    Raises:
        BundleRefused: what is there must not be loaded; all that is wrong is said.
    """
    shipped = load_bundle(site.policies, site)
    modules = {Path(module.path).name: module for module in shipped.modules}
    modules.pop("roll_call.rego")
    parameters = msgspec.json.decode(shipped.data)["parameters"]
    for name, file in files.items():
        if file.suffix == ".rego":
            modules[name] = Module(name, file.read_text(encoding="utf-8"))
        else:
            parameters[file.stem] = _parameters(file)
    names = tuple(sorted({*shipped.names, *(file.stem for file in files.values())} - {*SHARED}))
    missing = [name for name in names if f"{name}.rego" not in modules]
    if missing:
        raise BundleRefused([f"{name}.json has no {name}.rego beside it" for name in missing])
    return names, tuple(modules.values()), {name: parameters.get(name, {}) for name in names}


def _parameters(file: Path) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes())
    except msgspec.MsgspecError as error:
        raise BundleRefused([f"{file} is no JSON: {error}"]) from error
