"""Sums of a site file: spelt out to set-points, bounded by ratings, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import aios
from aios.site import SiteInvalid, site_of
from policies.envelope import check_safe_set, sum_interval

NORD = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")
SETPOINT = "bat1/active_power_setpoint"


def with_sums(text: str) -> str:
    return f"{NORD}\n{text}"


def test_a_term_that_is_a_sum_is_spelt_out() -> None:
    text = f'[[sum]]\nname = "inner"\nunit = "kW"\nterms = {{ "{SETPOINT}" = 2.0 }}\n'
    site = site_of(with_sums(text + '[[sum]]\nname = "outer"\nunit = "kW"\nterms = { inner = 3.0 }\n'))
    assert site.sum["outer"].terms == ((SETPOINT, 6.0),)


def test_a_rating_of_an_asset_bounds_a_sum_and_what_is_declared_narrows_it() -> None:
    head = '[[sum]]\nname = "t1/all"\nunit = "kW"\nasset = "t1"\nhigh = 3000.0\n'
    text = f'{head}terms = {{ "{SETPOINT}" = 1.0 }}\n'
    site = site_of(with_sums(text))
    assert sum_interval(site, site.sums[0]) == (-25000.0, 3000.0)


def test_safe_values_that_break_a_sum_are_a_finding() -> None:
    text = f'[[sum]]\nname = "s"\nunit = "kW"\nlow = 100.0\nterms = {{ "{SETPOINT}" = 1.0 }}\n'
    (found,) = check_safe_set(site_of(with_sums(text)))
    assert found == "s: the safe values make 0 kW, outside of 100 to inf"


@pytest.mark.parametrize(
    ("body", "line", "why"),
    [
        ('terms = { "no/where" = 1.0 }', 3, "is no point"),
        ('terms = { "grid/active_power" = 1.0 }', 3, "is no set-point"),
        (f'terms = {{ "{SETPOINT}" = 0.0 }}', 3, "is 0"),
        (f'low = 2.0\nhigh = 1.0\nterms = {{ "{SETPOINT}" = 1.0 }}', 3, "above high"),
        (f'asset = "t9"\nterms = {{ "{SETPOINT}" = 1.0 }}', 3, "not declared"),
        (f'asset = "cb11"\nterms = {{ "{SETPOINT}" = 1.0 }}', 3, "no rating"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_every_mistake_has_its_line(body: str, line: int, why: str) -> None:
    begin = NORD.count("\n") + 2
    with pytest.raises(SiteInvalid) as invalid:
        site_of(with_sums(f'[[sum]]\nname = "s"\n{body}\nunit = "kW"\n'))
    (found,) = invalid.value.findings
    assert why in found.text
    assert found.line == begin + line - 1


def test_a_pulse_is_no_term_of_a_sum() -> None:
    with pytest.raises(SiteInvalid, match="cb15/close is no set-point"):
        site_of(with_sums('[[sum]]\nname = "s"\nunit = "kW"\nterms = { "cb15/close" = 1.0 }\n'))


BATTERIES = "".join(
    f'[[asset]]\nname = "bat{n}"\nkind = "battery"\n'
    f'[[device]]\nname = "inverter_bat{n}"\nasset = "bat{n}"\nmap = "battery_inverter"\nport = {16000 + n}\n'
    for n in (2, 3)
)


def test_sums_that_overlap_are_a_finding_at_the_later_one() -> None:
    one, two, three = (f"bat{n}/active_power_setpoint" for n in (1, 2, 3))
    west = f'[[sum]]\nname = "west"\nunit = "kW"\nterms = {{ "{one}" = 1.0, "{two}" = 1.0 }}\n'
    east = f'[[sum]]\nname = "east"\nunit = "kW"\nterms = {{ "{two}" = 1.0, "{three}" = 1.0 }}\n'
    text = with_sums(BATTERIES + west + east)
    with pytest.raises(SiteInvalid) as invalid:
        site_of(text)
    (found,) = invalid.value.findings
    assert found.where == "sum[1].terms"
    assert text.splitlines()[found.line - 1].startswith('terms = { "bat2')
