package aios.policies.enwg14a_floor_test

import data.aios.policies.enwg14a_floor as policy
import rego.v1

point(asset, kind, connection, power_kw) := {
	"asset": asset,
	"kind": kind,
	"quantity": "active_power_limit",
	"operation": "setpoint",
	"connection": connection,
	"ratings": {"power_kw": power_kw},
}

device(asset, kind, power_kw) := {"asset": asset, "kind": kind, "power_kw": power_kw}

site(devices) := {
	"connections": {"house": devices},
	"points": {
		"house/active_power_limit": point("house", "connection", "house", 30),
		"ev/active_power_limit": point("ev", "charging_point", "house", 11),
		"hp/active_power_limit": point("hp", "heat_pump", "house", 9),
		"hp2/active_power_limit": point("hp2", "heat_pump", "house", 9),
		"big/active_power_limit": point("big", "heat_pump", "", 20),
		"small/active_power_limit": point("small", "battery", "", 4.2),
		"unknown/active_power_limit": {
			"asset": "unknown", "kind": "battery", "quantity": "active_power_limit",
			"operation": "setpoint", "connection": "", "ratings": {},
		},
		"hall/active_power_limit": point("hall", "load", "house", 500),
		"cb/close": {"asset": "cb", "kind": "breaker", "quantity": "close", "operation": "setpoint"},
	},
}

ev_and_pump := [device("ev", "charging_point", 11), device("hp", "heat_pump", 9)]

limit(asset, kw) := {"now_ns": 1, "commands": [{
	"id": "c",
	"point": concat("/", [asset, "active_power_limit"]),
	"value": kw,
	"operation": "setpoint",
	"reversion_value": 100,
	"reversion_s": 900,
}]}

endless(document) := {"now_ns": 1, "commands": [object.remove(document.commands[0], ["reversion_s"])]}

outcome(document, devices) := {"clear": clear, "low": {line.low | some line in clamp}, "deny": {line.reason | some line in deny}} if {
	clear := policy.clear with input as document with data.site as site(devices)
	clamp := policy.clamp with input as document with data.site as site(devices)
	deny := policy.deny with input as document with data.site as site(devices)
}

allowed := {"clear": {"c"}, "low": set(), "deny": set()}

raised(kw) := {"clear": set(), "low": {kw}, "deny": set()}

test_a_charging_point_keeps_4200_w_to_the_watt if {
	outcome(limit("ev", 4.2), ev_and_pump) == allowed
	outcome(limit("ev", 4.199), ev_and_pump) == raised(4.2)
}

test_a_heat_pump_above_11_kw_keeps_its_share_to_the_watt if {
	outcome(limit("big", 8), []) == allowed
	outcome(limit("big", 7.999), []) == raised(8)
}

test_two_heat_pumps_share_the_minimum_of_their_sum if {
	two := [device("hp", "heat_pump", 9), device("hp2", "heat_pump", 9)]
	outcome(limit("hp", 3.6), two) == allowed
	outcome(limit("hp", 3.599), two) == raised(3.6)
}

test_an_energy_management_system_keeps_the_sum_with_simultaneity if {
	outcome(limit("house", 7.56), ev_and_pump) == allowed
	outcome(limit("house", 7.559), ev_and_pump) == raised(7.56)
}

test_the_reason_names_value_limit_and_unit if {
	clamp := policy.clamp with input as limit("house", 5) with data.site as site(ev_and_pump)
	{line.reason | some line in clamp} == {"house would be limited to 5 kW: section 14a EnWG leaves it at least 7.56 kW"}
}

test_a_limit_that_takes_nothing_away_is_cleared_without_an_end if {
	outcome(endless(limit("ev", 11)), ev_and_pump) == allowed
}

test_a_limit_without_an_end_is_denied if {
	outcome(endless(limit("ev", 5)), ev_and_pump).deny == {"the limit of ev has no end: it must revert by itself after at most 7200 s"}
	outcome(endless(limit("ev", 5)), ev_and_pump).clear == set()
}

test_a_limit_that_lasts_too_long_is_denied if {
	lasting := {"now_ns": 1, "commands": [object.union(limit("ev", 5).commands[0], {"reversion_s": 7201})]}
	outcome(lasting, ev_and_pump).clear == set()
	count(outcome(lasting, ev_and_pump).deny) == 1
}

test_what_is_not_controllable_is_not_limited if {
	outcome(limit("small", 4), []).deny == {"small is no controllable device of section 14a EnWG: more than 4.2 kW must be connected"}
	outcome(limit("house", 4), []).deny == {"house is no controllable device of section 14a EnWG: more than 4.2 kW must be connected"}
}

test_an_unknown_rating_denies if {
	outcome(limit("unknown", 5), []) == {
		"clear": set(), "low": set(),
		"deny": {"the minimum power of unknown is unknown: the site declares no power_kw of unknown"},
	}
	outcome(limit("house", 50), [device("ev", "charging_point", null)]).clear == set()
}

test_what_section_14a_does_not_know_is_cleared if {
	outcome(limit("hall", 1), ev_and_pump) == allowed
	outcome({"now_ns": 1, "commands": [{"id": "c", "point": "cb/close", "value": 1, "operation": "setpoint"}]}, []) == allowed
}

test_without_parameters_nothing_is_cleared if {
	none := {"enwg14a_floor": {}}
	every asset in ["ev", "hall", "house"] {
		count(policy.clear) == 0 with input as limit(asset, 50) with data.site as site(ev_and_pump) with data.parameters as none
	}
}
