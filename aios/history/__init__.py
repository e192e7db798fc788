"""The history of a site, for people and analysis: read only, while the gateway runs or long after.

from aios import open_history

with open_history("var/demo") as history:
    frame = history.to_pandas("f1*/active_power")
"""

from aios.history.archive import History, open_history

__all__ = ["History", "open_history"]
