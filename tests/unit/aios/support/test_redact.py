"""What has the form of a secret of this control room is hidden wherever it stands."""

from __future__ import annotations

import pytest

from aios.access.secret import new_secret
from aios.access.tokens import PREFIX
from aios.support.redact import HIDDEN, document_without_secrets, without_secrets


@pytest.mark.parametrize("before", ["", "__Host-"])
def test_a_sign_in_is_hidden(before: str) -> None:
    secret = new_secret()
    assert secret not in without_secrets(f"seen {before}aios={secret}; theme=dark")


def test_a_token_is_hidden() -> None:
    for _ in range(100):
        assert without_secrets(f"heard {PREFIX}{new_secret()} twice") == f"heard {HIDDEN} twice"


@pytest.mark.parametrize("name", ["api-key", "api_key", "X-Api-Key", "apikey"])
def test_a_key_of_an_api_is_hidden(name: str) -> None:
    assert "sesame" not in without_secrets(f"{name}: sesame")
    assert document_without_secrets({name: "sesame"}) == {name: HIDDEN}


def test_the_names_of_metrics_stay() -> None:
    text = "aios_device_scan_interval_seconds 5, aios_alarm_canary_age_seconds 7"
    assert without_secrets(text) == text
