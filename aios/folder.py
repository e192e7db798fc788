"""The folder of a gateway: where its journal, outbox, history and socket lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where a gateway keeps its files."""

    root: Path

    @property
    def commands(self) -> Path:
        """The command journal."""
        return self.root / "journal" / "commands.db"

    @property
    def recorder(self) -> Path:
        """The recording of ticks."""
        return self.root / "journal" / "recorder.db"

    @property
    def key(self) -> Path:
        """The key that signs the journal's checkpoints; only the gateway's user can read it."""
        return self.root / "journal" / "signing.pem"

    @property
    def site(self) -> Path:
        """Network, maps and agents of a simulated run that carries them along."""
        return self.root / "site"

    @property
    def revisions(self) -> Path:
        """Every site file that the gateway has taken."""
        return self.root / "revisions"

    @property
    def shelf(self) -> Path:
        """Signed policy bundles, and which of them is active."""
        return self.root / "policies"

    @property
    def outbox(self) -> Path:
        """The outbox that the historian empties."""
        return self.root / "outbox"

    @property
    def costs(self) -> Path:
        """What ticks and steps cost in the run before: what admission reckons with."""
        return self.root / "costs.json"

    @property
    def socket(self) -> Path:
        """The local socket."""
        return self.root / "gateway.sock"

    @property
    def lock(self) -> Path:
        """Held by the gateway that lives here."""
        return self.root / "gateway.lock"

    @property
    def access(self) -> Path:
        """Accounts, sign-ins and tokens of the control room; only its owner may read it."""
        return self.root / "control-room" / "access.db"

    @property
    def commands_told(self) -> Path:
        """Up to which entry of the journal the broker has heard of remote commands."""
        return self.root / "commands-told"

    @property
    def cursors_lock(self) -> Path:
        """Held by the historian that moves the cursors of the outbox."""
        return self.outbox / "historian.lock"

    @property
    def notify_lock(self) -> Path:
        """Held by the process that notifies of this gateway."""
        return self.root / "notify.lock"
