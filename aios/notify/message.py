"""A message: one thing that somebody must know, under an id that stays the same however often it is sent."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class About(StrEnum):
    """What a message is about."""

    ALARM = "alarm"
    QUESTION = "question"
    """Somebody is asked: policy wants a person, or an agent does."""
    ESCALATION = "escalation"
    """A question that nobody has answered, and little time is left."""
    REPAIR = "repair"
    AWAY = "gateway_away"
    BACK = "gateway_back"
    SUMMARY = "summary"
    """What came too fast to be told one by one."""
    TEST = "test"
    CANARY = "canary"
    """Alarms come through: whoever is told this wants to notice when it stops."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be told."""

    id: str
    """The receiver's key: what comes twice under one id is the same."""
    about: About
    site: str
    priority: int
    """1 (high) to 3 (low)."""
    at_ns: int
    """When it began, nanoseconds since 1970 UTC."""
    title: str
    text: str
