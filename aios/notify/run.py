"""Running: one process of a folder notifies; it is never the gateway's."""

from __future__ import annotations

from pathlib import Path

from aios.folder import Folder
from aios.lock import sole
from aios.notify.section import NotifySection
from aios.notify.settings import post_of
from aios.notify.watch import keep_watch


async def notify(section: NotifySection, site: str, home: Path, root: Path) -> None:
    """Watch the gateway of a folder and tell of it until cancelled.

    Raises:
        FolderBusy: another process does already.
    """
    with sole(Folder(root=root).notify_lock, "notifier"):
        post = post_of(section, site, home, root)
        try:
            await keep_watch(post.watch, post.couriers)
        finally:
            post.queue.close()
            await post.source.close()
