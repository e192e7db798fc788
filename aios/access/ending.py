"""Ending sign-ins: none goes without its entry in the trail."""

from __future__ import annotations

import sqlite3

from aios.access.trail import Trail


def end_sign_ins(
    database: sqlite3.Connection, trail: Trail, which: str, values: tuple[str | int, ...], *, why: str
) -> int:
    """End the sign-ins that a condition names and enter each; return how many there were.

    It is called inside `Trail.change`, so that the entries stand with the ends or neither does.

    Args:
        database: with the table `sign_in`.
        trail: of the same database.
        which: condition of SQL, written here and nowhere else; what others said stands in `values` alone.
        values: what the condition's question marks stand for.
        why: what ended them.
    """
    rows = database.execute(f"DELETE FROM sign_in WHERE {which} RETURNING id, person", values)  # noqa: S608
    ended = rows.fetchall()
    for id_, person in ended:
        trail.also("sign_in_ended", person, sign_in=id_, why=why)
    return len(ended)
