"""The shelf as a folder: bundles that never change, and one file that says where each of them stands.

All places are in one file, written beside, made durable and moved over the old one: whoever is killed in
between leaves the places before or after, never some of both.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import msgspec

from policies.bundle import BundleRefused
from policies.shelf.manifest import SignedBundle
from policies.shelf.places import Places
from policies.shelf.sealing import LARGEST, manifest_in, read_bundle, wrong_inside

SUFFIX: Final = ".aios-policies"
_REVISION: Final = re.compile(r"[0-9]+-[0-9a-f]{12}")


class Shelf:
    """The bundles of one gateway."""

    def __init__(self, folder: Path) -> None:
        """Look into a folder; it is made when something is first put there."""
        self._folder = folder

    def put(self, bundle: SignedBundle) -> str:
        """Put a bundle on the shelf under the revision that it names; durable when this returns.

        A signed one that stands there stays unless the new one is signed as well: its files are the same, and
        a gateway whose active bundle lost its signature would not start again.

        Raises:
            BundleRefused: its manifest cannot be read, or names no revision.
        """
        revision = manifest_in(bundle).revision
        if _is_signed(bundle) or not self._has_signed(revision):
            self._write(self._file(revision), msgspec.json.encode(bundle))
        return revision

    def _has_signed(self, revision: str) -> bool:
        try:
            return _is_signed(self.find(revision))
        except BundleRefused:
            return False  # there is none, or one that nobody can read

    def find(self, revision: str) -> SignedBundle:
        """Return the bundle of a revision, as it lies there.

        Raises:
            BundleRefused: there is none, it cannot be read, or it says that it is another one.
        """
        path = self._file(revision)
        try:
            with path.open("rb") as file:
                body = file.read(LARGEST)
        except FileNotFoundError:
            raise BundleRefused([f"no bundle {revision} stands on the shelf"]) from None
        except OSError as error:
            raise BundleRefused([f"{path} cannot be read: {error}"]) from error
        bundle = read_bundle(body, str(path))
        inside = manifest_in(bundle).revision
        if inside != revision:
            raise BundleRefused([f"revision {revision} was asked for, {path.name} holds {inside}"])
        return bundle

    def revisions(self) -> tuple[str, ...]:
        """Name every bundle that stands there, sorted."""
        return tuple(sorted(path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"*{SUFFIX}")))

    def places(self) -> Places:
        """Return where what stands.

        Raises:
            BundleRefused: the file of the places cannot be read.
        """
        try:
            return msgspec.json.decode(self._places.read_bytes(), type=Places)
        except FileNotFoundError:
            return Places()
        except (OSError, msgspec.MsgspecError) as error:
            raise BundleRefused([f"{self._places} cannot be read: {error}"]) from error

    def move(self, places: Places) -> None:
        """Let the places be as given: all or, where this is cut short, none; durable when it returns."""
        self._write(self._places, msgspec.json.encode(places))

    @property
    def _places(self) -> Path:
        return self._folder / "places.json"

    def _file(self, revision: str) -> Path:
        if not _REVISION.fullmatch(revision):
            raise BundleRefused([f"{revision!r} is no revision of a bundle, such as 1-0123456789ab"])
        return self._folder / f"{revision}{SUFFIX}"

    def _write(self, path: Path, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut may still bring the old file back
        finally:
            os.close(folder)


def _is_signed(bundle: SignedBundle) -> bool:
    """Tell whether a bundle is signed and holds the files of its manifest; by whom, the gateway judges."""
    return bool(bundle.signature) and not wrong_inside(bundle)
