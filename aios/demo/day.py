"""The day of the demo: that of the shipped site, but at ten in the morning the fans of T2 stand still.

In the shipped site the cooler of T2 is partly blocked instead; recorded days and journals follow from it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from aios.site import site_of
from kernel.site import Site

_COOLER_OF_T2: Final = re.compile(
    r'\[\[simulation\.fault\]\]\ntarget = "t2"\nkind = "blocked_cooler"\n(?:[^\[\n].*\n)*'
)
_FANS_OF_T2: Final = """\
# The motor protection of the cooling group trips: it is switched on, but nothing turns.
[[simulation.fault]]
target = "t2"
kind = "fan_failed"
onset = 2016-12-14T10:00:00+01:00
amount = 1.0
"""


def day_site(path: Path) -> tuple[Site, str]:
    """Return the site of the demo's day and the text of its file.

    Args:
        path: of the shipped site.
    """
    text = day_text(path.read_text(encoding="utf-8"))
    return site_of(text, file=str(path), folder=path.parent), text


def day_text(text: str) -> str:
    """Return the site file of the demo's day.

    Args:
        text: of the shipped site.

    Raises:
        ValueError: the cooler of T2 has no fault in it.
    """
    changed, count = _COOLER_OF_T2.subn(_FANS_OF_T2, text)
    if count != 1:
        raise ValueError(
            f"the site has {count} blocked coolers of t2; the day of the demo takes the place of one"
        )
    return changed
