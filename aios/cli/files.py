"""Files that commands are given: site files and folders, with errors that say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from aios.cli.exits import Exit
from aios.cli.out import end, errors
from aios.folder import Folder

if TYPE_CHECKING:
    from kernel.site import Site

SHIPPED: Final = Path(__file__).parent.parent / "sites"
DEFAULT_ROOT: Final = Path("var/aios")


def site_path(name: Path) -> Path:
    """Return a site file: a path, or the name of a shipped one such as `nord`."""
    shipped = SHIPPED / f"{name}.toml"
    if not name.exists() and shipped.exists():
        return shipped
    if not name.is_file():
        known = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
        end(Exit.NOT_THERE, f"no site file {name}; shipped sites are {known}")
    return name


def read_site(path: Path) -> Site:
    """Read a site file, or end with all its mistakes."""
    from aios.site import SiteInvalid, load_site

    try:
        return load_site(path)
    except SiteInvalid as invalid:
        for found in invalid.findings:
            print_finding(invalid.file, found.line, found.where, found.text)
        end(Exit.FINDINGS, f"{len(invalid.findings)} mistakes; nothing was started")


def print_finding(file: str, line: int, where: str, text: str) -> None:
    """Print one mistake the way compilers do, so that editors can jump to it."""
    errors.print(f"{file}:{line}: {where}: {text}", highlight=False, soft_wrap=True)


def journal_folder(root: Path) -> Folder:
    """Return the folder of a gateway that has a journal."""
    folder = Folder(root=root)
    if not folder.commands.exists():
        end(Exit.NOT_THERE, f"no journal in {root}; name the folder of a gateway with --folder")
    return folder
