"""The queue: what waits to be told, on disk, and what was taken before, so that a restart doubles nothing.

A message is struck off after it was delivered: one that was delivered and not struck off is sent once more,
under the same id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from aios.notify.message import About, Message

WAITING: Final = 1000
"""Messages that may wait for one channel; then the oldest of the lowest priority gives way, counted."""
HELD: Final = 2000
"""Messages that are summed up by kind; of what comes beyond only the number is kept."""
REMEMBERED: Final = 20_000
"""Ids that are remembered; a message that stands longer than that many newer ones would be told again."""
_SCHEMA: Final = """
create table if not exists taken (number integer primary key, id text not null unique, at_ns integer not null,
    alone integer not null);
create table if not exists waiting (
    number integer primary key, channel text not null, id text not null, priority integer not null,
    body text not null, tries integer not null default 0, due_ns integer not null, unique (channel, id));
create table if not exists standing (name text primary key, at_ns integer not null);
create table if not exists dropped (channel text primary key, count integer not null);
"""
_WAITS: Final = (
    "insert into waiting (channel, id, priority, body, due_ns) values (?, ?, ?, ?, ?) "
    "on conflict (channel, id) do update set body = excluded.body, due_ns = excluded.due_ns"
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits for a channel."""

    number: int
    message: Message
    tries: int
    """How often it was sent without success."""


class Queue:
    """Messages of one gateway on their way to its channels."""

    def __init__(
        self, path: Path, channels: Sequence[str], *, most: int, within_s: float, waiting: int = WAITING
    ) -> None:
        """Open or make the queue.

        Args:
            path: the SQLite file.
            channels: names of those who deliver.
            most: messages that are told one by one within a time; the others are summed up.
            within_s: that time, seconds.
            waiting: messages that may wait for one channel.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._channels, self._most, self._within_ns = tuple(channels), most, round(within_s * 1e9)
        self._bound = waiting
        self._held: list[Message] = []
        """What came too fast, most urgent first as far as it was; one message when one may go again."""
        self._more = 0
        """How much more came, of which only the number is kept."""
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._db.execute("pragma journal_mode=wal").fetchall()
        self._db.execute("pragma synchronous=full").fetchall()
        self._db.executescript(_SCHEMA)
        path.chmod(0o600)
        for (name,) in self._db.execute("select distinct channel from waiting").fetchall():
            if name not in self._channels:  # the site file names it no more
                self._db.execute("delete from waiting where channel = ?", (name,))

    def take(self, messages: Iterable[Message], *, now_ns: int) -> int:
        """Take messages that were not taken before; return how many were new.

        What is within the rate is told one by one; the rest becomes one summary as soon as the rate allows.
        """
        fresh = [one for one in messages if not self._is_known(one.id)]
        self._db.execute("begin immediate")
        for one in sorted(fresh, key=lambda message: (message.priority, message.at_ns)):
            alone = not self._held and self._room(now_ns) > 0
            self._remember(one.id, now_ns, alone=alone)
            if alone:
                self._put(one, now_ns)
            elif len(self._held) < HELD:
                self._held.append(one)
            else:
                self._more += 1
        self._sum_up(now_ns, grew=bool(fresh))
        self._forget()
        self._db.execute("commit")
        return len(fresh)

    def prove(self, channel: str, message: Message, *, now_ns: int) -> None:
        """Let a canary wait for a channel, in the place of one that waits still: it counts for no rate."""
        body = msgspec.json.encode(message).decode()
        self._db.execute(_WAITS, (channel, About.CANARY.value, message.priority, body, now_ns))

    def due(self, channel: str, *, now_ns: int) -> Waiting | None:
        """Return the most urgent message that may go to a channel now; None where none may."""
        row = self._db.execute(
            "select number, body, tries from waiting where channel = ? and due_ns <= ? "
            "order by priority, number limit 1",
            (channel, now_ns),
        ).fetchone()
        if row is None:
            return None
        return Waiting(number=row[0], message=msgspec.json.decode(row[1], type=Message), tries=row[2])

    def strike_off(self, one: Waiting) -> None:
        """Let go of a message that was delivered, or that nobody will ever take."""
        self._db.execute("delete from waiting where number = ?", (one.number,))

    def put_back(self, one: Waiting, *, due_ns: int) -> None:
        """Keep a message that was not delivered until another time."""
        self._db.execute(
            "update waiting set tries = tries + 1, due_ns = ? where number = ?", (due_ns, one.number)
        )

    def stands(self, name: str) -> int | None:
        """Return since when something stands, nanoseconds since 1970 UTC; None where it does not."""
        row = self._db.execute("select at_ns from standing where name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def stand(self, name: str, at_ns: int | None) -> None:
        """Note since when something stands, or that it does no more."""
        self._db.execute("delete from standing where name = ?", (name,))
        if at_ns is not None:
            self._db.execute("insert into standing values (?, ?)", (name, at_ns))

    def depth(self, channel: str) -> int:
        """Return how many messages wait for a channel."""
        (count,) = self._db.execute("select count(*) from waiting where channel = ?", (channel,)).fetchone()
        return int(count)

    def dropped(self, channel: str) -> int:
        """Return how many messages gave way because too many waited."""
        row = self._db.execute("select count from dropped where channel = ?", (channel,)).fetchone()
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _is_known(self, id_: str) -> bool:
        return self._db.execute("select 1 from taken where id = ?", (id_,)).fetchone() is not None

    def _remember(self, id_: str, now_ns: int, *, alone: bool) -> None:
        self._db.execute(
            "insert or ignore into taken (id, at_ns, alone) values (?, ?, ?)", (id_, now_ns, int(alone))
        )

    def _room(self, now_ns: int) -> int:
        """Return how many messages may still go one by one."""
        (count,) = self._db.execute(
            "select count(*) from taken where alone and at_ns > ? and at_ns <= ?",
            (now_ns - self._within_ns, now_ns),
        ).fetchone()
        return self._most - int(count)

    def _put(self, message: Message, due_ns: int) -> None:
        body = msgspec.json.encode(message).decode()
        for channel in self._channels:
            self._db.execute(_WAITS, (channel, message.id, message.priority, body, due_ns))
            self._make_room(channel)

    def _sum_up(self, now_ns: int, *, grew: bool) -> None:
        """Put what is held as one message: on the disk at once, and due when the rate allows."""
        if not self._held:
            return
        made, is_due = summary(self._held, self._more), self._room(now_ns) > 0
        if is_due or grew:
            self._put(made, now_ns if is_due else now_ns + self._within_ns)
        if is_due:
            self._remember(made.id, now_ns, alone=True)
            self._held.clear()
            self._more = 0

    def _make_room(self, channel: str) -> None:
        over = self.depth(channel) - self._bound
        if over <= 0:
            return
        self._db.execute(
            "delete from waiting where number in (select number from waiting where channel = ? "
            "order by priority desc, number limit ?)",
            (channel, over),
        )
        self._db.execute(
            "insert into dropped values (?, ?) on conflict do update set count = count + excluded.count",
            (channel, over),
        )

    def _forget(self) -> None:
        self._db.execute(
            "delete from taken where number <= (select max(number) from taken) - ?", (REMEMBERED,)
        )


def summary(held: Sequence[Message], more: int = 0) -> Message:
    """Return many messages as one: how many of what, and the most urgent ones in words.

    It keeps the id of its first one, so that it grows in place while it waits.

    Args:
        held: not empty.
        more: how many there are beyond them.
    """
    first = held[0]
    counts = {about: sum(one.about is about for one in held) for about in About}
    what = ", ".join(f"{count} x {about}" for about, count in counts.items() if count)
    beyond = f", {more} others" if more else ""
    urgent = sorted(held, key=lambda one: (one.priority, one.at_ns))[:10]
    return Message(
        id=f"summary:{first.id}",
        about=About.SUMMARY,
        site=first.site,
        priority=min(one.priority for one in held),
        at_ns=first.at_ns,
        title=f"{first.site}: {len(held) + more} more messages: {what}{beyond}",
        text="\n".join(one.title for one in urgent),
    )
