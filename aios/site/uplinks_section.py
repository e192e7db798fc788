"""The section `uplinks` of a site file: where telemetry and history go, and in which form."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerTlsSection(_Strict):
    """How gateway and broker know each other; files lie beside the site file where a path is not absolute."""

    ca: str = ""
    """Certificates of the authorities that vouch for the broker; the system's own where it is left out."""
    certificate: str = ""
    """The gateway's own certificate."""
    key: str = ""
    """Its private key."""
    server_name: str = ""
    """Name in the broker's certificate, where it is not the host of the address."""

    @model_validator(mode="after")
    def _key_has_a_certificate(self) -> Self:
        if self.key and not self.certificate:
            raise ValueError("key is given without its certificate")
        return self


class DatabaseTlsSection(_Strict):
    """How gateway and database know each other; files lie beside the site file or have an absolute path."""

    ca: str = ""
    """Certificates of the authorities that vouch for the database; the system's own where it is left out."""
    certificate: str = ""
    """The gateway's own certificate."""
    key: str = ""
    """Its private key."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.key) != bool(self.certificate):
            raise ValueError("certificate and key go together")
        return self


SparkplugId = Annotated[str, Field(pattern=r"^[^/+#\s]+$")]


class SparkplugSection(_Strict):
    """Who the gateway is for Sparkplug B."""

    group: SparkplugId = "aios"
    node: SparkplugId | None = None
    """Id of the edge node; the name of the site where it is left out."""
    primary_host: SparkplugId | None = None
    """Host application without which data waits in the outbox."""


class UplinksSection(_Strict):
    """Where telemetry and history go."""

    mqtt: str = Field("", pattern=r"^(mqtts?://([^/@\s]+@)?[^/:@\s]+:\d+)?$")
    mqtt_password_file: str = ""
    """File with the password of the account in `mqtt`, or `credential:NAME`."""
    history: str = Field("sqlite", pattern=r"^(sqlite|postgres(ql)?://.+)$")
    history_password_file: str = ""
    """File with the password of the account in `history`, or `credential:NAME`."""
    history_tls: DatabaseTlsSection | None = None
    """Certificates of the database: it is then spoken to over TLS only, and its name is checked."""
    history_keep_days: float | None = Field(None, gt=0)
    """Days that raw rows stay; 90 in SQLite and for good in PostgreSQL where it is left out."""
    tls: BrokerTlsSection | None = None
    """Certificates, where `mqtt` begins with `mqtts`."""
    mqtt_form: Literal["json", "sparkplug", "both"] = "json"
    """What is published: JSON with documents, telemetry as Sparkplug B, or both."""
    sparkplug: SparkplugSection | None = None
    home_assistant: str = Field("", pattern=r"^[^+#\s]*$")
    """Prefix of Home Assistant's discovery topics, `homeassistant` unless it was changed there."""

    @model_validator(mode="after")
    def _nothing_is_told_that_is_not_used(self) -> Self:
        if self.tls is not None and not self.mqtt.startswith("mqtts://"):
            raise ValueError("tls is given, but mqtt does not begin with mqtts://")
        if self.history_tls is not None and (self.history == "sqlite" or "sslmode=" in self.history):
            raise ValueError("history_tls is for a postgresql:// address that says nothing of sslmode itself")
        if self.sparkplug is not None and self.mqtt_form == "json":
            raise ValueError('sparkplug is given, but mqtt_form is "json"')
        if self.home_assistant and self.mqtt_form == "sparkplug":
            raise ValueError('home_assistant reads JSON: mqtt_form must be "json" or "both"')
        return self
