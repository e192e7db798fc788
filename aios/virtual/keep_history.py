"""After a run under the virtual clock: what its outbox holds becomes the history of its folder."""

from __future__ import annotations

from pathlib import Path

from aios.folder import Folder
from drivers.historian.choose import open_historian
from drivers.historian.delivery import Delivery, Moved
from drivers.historian.outbox_reader import OutboxReader
from drivers.historian.sink import HistorySink
from kernel.site import Site


async def keep_history(site: Site, root: Path) -> int:
    """Empty the outbox of a finished run into its own `history.sqlite`; return the rows that were kept.

    A simulated run never writes to the database that its site file names: that one is for what happened.
    """
    sink = HistorySink(open_historian("sqlite", site.points, directory=root))
    delivery = Delivery(OutboxReader(Folder(root=root).outbox, sink.name, most_rows=sink.most_rows), sink)
    try:
        while await delivery.step() is Moved.ON:
            pass
        return delivery.standing().rows
    finally:
        await delivery.close()
