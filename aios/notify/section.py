"""The section `notify` of a site file: who is told of what, by webhook and mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aios.notify.message import About

Address = Annotated[str, Field(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$", max_length=254)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookSection(_Strict):
    """An HTTP address that takes messages as JSON."""

    url: str = Field(pattern=r"^https?://[^/@\s]+(/\S*)?$")
    secret_file: str
    """File of the secret that signs every message, or `credential:NAME`."""
    ca: str = ""
    """PEM file of whom we believe; the system's own authorities where it is left out."""
    canary: bool = False
    """Whether it is told of every canary alarm, so that the other side notices when they stop."""


class MailSection(_Strict):
    """A mail server and who is written to."""

    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is for a server on this machine; a password is never sent over it."""
    sender: Address
    to: list[Address] = Field(min_length=1)
    user: str = ""
    password_file: str = ""
    """File of the password, or `credential:NAME`."""
    ca: str = ""
    """PEM file of whom we believe; the system's own authorities where it is left out."""
    canary: bool = False
    """Whether every canary alarm is a mail."""

    @model_validator(mode="after")
    def _a_password_goes_over_tls(self) -> Self:
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file go together")
        if self.user and self.security == "none":
            raise ValueError('a password is sent over TLS only: security must be "starttls" or "tls"')
        return self


class NotifySection(_Strict):
    """Who is told of what."""

    alarms: int = Field(1, ge=0, le=3)
    """Alarms of this priority and above: 1 only high ones, 3 all, 0 none."""
    about: list[About] = [About.QUESTION, About.ESCALATION, About.REPAIR, About.AWAY, About.BACK]
    """What else is told."""
    away_s: float = Field(30.0, ge=1)
    """Seconds after which a gateway that does not answer is away."""
    most: int = Field(10, ge=1, le=1000)
    """Messages one by one within `within_s`; the others become one summary."""
    within_s: float = Field(300.0, ge=1)
    webhook: WebhookSection | None = None
    mail: MailSection | None = None

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if self.webhook is None and self.mail is None:
            raise ValueError("nobody is told: give [notify.webhook] or [notify.mail]")
        return self

    @property
    def proven(self) -> tuple[str, ...]:
        """Channels that are told of every canary alarm."""
        both = (("webhook", self.webhook), ("mail", self.mail))
        return tuple(name for name, channel in both if channel is not None and channel.canary)

    def wrong(self, *, canary: bool) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield what is wrong with the rest of the file, with its place.

        Args:
            canary: whether the site raises canary alarms.
        """
        for name in () if canary else self.proven:
            yield ("notify", name, "canary"), "the site raises no canary alarms; set canary_s in [alarms]"
