"""The content of a bundle: policies of a site and those of a folder, taken apart and laid over its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kernel.site import Site
from policies.bundle import (
    SHARED,
    BundleRefused,
    Module,
    PolicyBundle,
    load_bundle,
    make_bundle,
    roll_call,
)
from policies.folder import merged, policy_files
from policies.shelf.sealing import Sealed
from policies.site_facts import site_document


def content_of(site: Site, folder: Path | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names and the files of a bundle: the policies of a site, changed by those of a folder.

    Raises:
        FileNotFoundError: nothing of a policy is in the folder.
        BundleRefused: what is there must not be loaded; all that is wrong is said.
    """
    files = {} if folder is None else policy_files(folder)
    names, modules, parameters = merged(files, site)
    texts = {module.path: module.text for module in modules}
    texts |= {
        f"{name}.json": msgspec.json.encode(parameters[name], order="sorted").decode() for name in names
    }
    _checked(names, texts, site)
    return names, texts


def laid_over(bundle: Sealed, site: Site) -> PolicyBundle:
    """Lay a bundle over the facts of a site; its revision names both.

    Raises:
        BundleRefused: a policy that the site file asks for is not inside, or it must not be loaded.
    """
    missing = sorted({*site.policies} - {*bundle.manifest.names})
    if missing:
        what = f"the site file asks for {', '.join(missing)}"
        raise BundleRefused([f"{what}: bundle {bundle.manifest.revision} does not hold it"])
    return _checked(bundle.manifest.names, bundle.files, site, shelf=bundle.manifest.revision)


def shipped_bundle(site: Site) -> PolicyBundle:
    """Return the policies that the site file names, as they ship."""
    return load_bundle(site.policies, site)


def _checked(names: Sequence[str], files: Mapping[str, str], site: Site, *, shelf: str = "") -> PolicyBundle:
    modules = {name: Module(name, text) for name, text in files.items() if name.endswith(".rego")}
    lacking = [f"{name}.rego" for name in (*SHARED, *names) if f"{name}.rego" not in modules]
    if lacking or not names:
        raise BundleRefused([f"{name} is not in the bundle" for name in lacking] or ["no policy is named"])
    called = roll_call({name: modules[f"{name}.rego"] for name in names})
    try:
        facts: dict[str, Any] = site_document(site)
        parameters = {name: msgspec.json.decode(files.get(f"{name}.json", "{}")) for name in names}
    except (ValueError, msgspec.MsgspecError) as error:
        raise BundleRefused([str(error)]) from error
    ordered = [called, *(modules[name] for name in sorted(modules))]
    return make_bundle(names, ordered, {"site": facts, "parameters": parameters}, shelf=shelf)
