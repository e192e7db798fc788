"""The mistake that the design excludes: a gateway whose watchdog is fed by a timer, not by its ticks."""

from __future__ import annotations

import threading
import time

from aios.cli import main
from kernel.shell.systemd import Notifier


def feed() -> None:
    while True:
        Notifier().say(WATCHDOG=1)
        time.sleep(0.2)


if __name__ == "__main__":
    threading.Thread(target=feed, daemon=True).start()
    main()
