package aios.policies.rate_limits_test

import data.aios.policies.rate_limits as policy
import rego.v1

point(asset, kind, quantity) := {
	"asset": asset,
	"title": upper(asset),
	"kind": kind,
	"quantity": quantity,
	"operation": "setpoint",
	"beside": {"state_of_charge": {"point": concat("/", [asset, "state_of_charge"]), "stale_s": 10}},
}

site := {"unusable": 2051, "points": {
	"cb/close": point("cb", "breaker", "close"),
	"cb/open": point("cb", "breaker", "open"),
	"t/tap_raise": point("t", "transformer", "tap_raise"),
	"hp/enable": point("hp", "heat_pump", "enable"),
	"b/active_power_setpoint": point("b", "battery", "active_power_setpoint"),
	"b/enable": point("b", "battery", "enable"),
	"hall/close": point("hall", "load", "close"),
}}

done(quantity, ago_s) := {"point": "-", "quantity": quantity, "value": 1, "ago_s": ago_s}

write(name, value) := {"id": name, "point": name, "value": value, "operation": "setpoint"}

asked(commands, operations, percent) := {
	"now_ns": 1, "occasion": "tick", "commands": commands, "operations": operations,
	"readings": {"b/state_of_charge": {"value": percent, "quality": 0, "age_s": 1}},
}

one(name, value, operations, percent) := asked([write(name, value)], operations, percent)

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

twice := {"cb": [done("close", 10), done("open", 3599)]}

test_a_breaker_is_closed_fewer_than_twice_an_hour if {
	cleared(one("cb/close", 1, {}, 50)) == {"cb/close"}
	cleared(one("cb/close", 1, {"cb": [done("open", 10)]}, 50)) == {"cb/close"}
	cleared(one("cb/close", 1, {"cb": [done("close", 10), done("open", 3600)]}, 50)) == {"cb/close"}
}

test_a_third_operation_in_an_hour_is_denied_with_number_and_limit if {
	cleared(one("cb/close", 1, twice, 50)) == set()
	reasons(one("cb/close", 1, twice, 50)) == {"cb/close is not written: CB has been operated 2 times in 3600 s, at most 2 are permitted"}
}

test_what_the_same_tick_operates_counts if {
	both := asked([write("cb/close", 1), write("cb/open", 1)], {"cb": [done("close", 10)]}, 50)
	cleared(both) == {"cb/open"}
}

test_opening_is_never_held_back if {
	cleared(one("cb/open", 1, twice, 50)) == {"cb/open"}
	reasons(one("cb/open", 1, twice, 50)) == set()
}

test_taps_of_a_day_are_counted if {
	twenty := [done("tap_raise", 60 * minute) | some minute in numbers.range(1, 20)]
	cleared(one("t/tap_raise", 1, {"t": array.slice(twenty, 0, 19)}, 50)) == {"t/tap_raise"}
	cleared(one("t/tap_raise", 1, {"t": twenty}, 50)) == set()
	count(reasons(one("t/tap_raise", 1, {"t": twenty}, 50))) == 1
}

test_a_compressor_rests_before_it_starts_again if {
	cleared(one("hp/enable", 1, {"hp": [done("enable", 300)]}, 50)) == {"hp/enable"}
	cleared(one("hp/enable", 1, {}, 50)) == {"hp/enable"}
	cleared(one("hp/enable", 1, {"hp": [done("enable", 900), done("enable", 299)]}, 50)) == set()
	reasons(one("hp/enable", 1, {"hp": [done("enable", 299)]}, 50)) == {"hp/enable is not written: HP has rested for 299 s, 300 s are needed"}
	cleared(one("hp/enable", 0, {"hp": [done("enable", 1)]}, 50)) == {"hp/enable"}
}

test_a_battery_is_moved_within_its_range if {
	every value in [-5, 0, 5] {
		cleared(one("b/active_power_setpoint", value, {}, 50)) == {"b/active_power_setpoint"}
	}
}

test_a_battery_at_an_end_is_moved_away_from_it_only if {
	cleared(one("b/active_power_setpoint", 5, {}, 10)) == set()
	cleared(one("b/active_power_setpoint", -5, {}, 10)) == {"b/active_power_setpoint"}
	cleared(one("b/active_power_setpoint", -5, {}, 90)) == set()
	cleared(one("b/active_power_setpoint", 5, {}, 90)) == {"b/active_power_setpoint"}
	cleared(one("b/active_power_setpoint", 0, {}, 3)) == {"b/active_power_setpoint"}
	reasons(one("b/active_power_setpoint", 5, {}, 9.5)) == {"b/active_power_setpoint is not written: B is charged to 9.5 %, it is not discharged at 10 %"}
}

test_an_unknown_state_of_charge_denies if {
	document := object.union(object.remove(one("b/active_power_setpoint", 5, {}, 50), ["readings"]), {"readings": {}})
	cleared(document) == set()
	reasons(document) == {"b/active_power_setpoint is not written: no reading of b/state_of_charge"}
	cleared(one("b/active_power_setpoint", 5, {}, null)) == set()
}

test_unknown_counts_deny if {
	every name in ["cb/close", "hp/enable"] {
		document := object.remove(one(name, 1, {}, 50), ["operations"])
		cleared(document) == set()
		count(reasons(document)) == 1
	}
	cleared(object.remove(one("hp/enable", 0, {}, 50), ["operations"])) == {"hp/enable"}
}

test_other_assets_and_quantities_are_cleared if {
	every name in ["hall/close", "b/enable"] {
		cleared(object.remove(one(name, 1, {}, 50), ["operations"])) == {name}
	}
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(one("b/active_power_setpoint", 5, {}, null), {"occasion": "load"})) == {"b/active_power_setpoint"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"rate_limits": {}}
	every name in ["cb/close", "cb/open", "b/active_power_setpoint", "hp/enable", "hall/close"] {
		count(policy.clear) == 0 with input as one(name, 1, {}, 50) with data.site as site with data.parameters as none
	}
}
