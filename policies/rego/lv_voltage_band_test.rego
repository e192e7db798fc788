package aios.policies.lv_voltage_band_test

import data.aios.policies.lv_voltage_band as policy
import rego.v1

# 230 V, and 0.1 V a kilowatt: the band is 207 to 253 V.
site := {"unusable": 2051, "points": {
	"a/active_power_setpoint": setpoint_of("a", {"nominal_v": 230, "volts_per_kw": 0.1}),
	"b/active_power_setpoint": setpoint_of("b", {"nominal_v": 230, "volts_per_kw": 0.1}),
	"c/active_power_setpoint": setpoint_of("c", {"nominal_v": 230}),
	"b/close": {"asset": "b", "kind": "breaker", "quantity": "close", "operation": "pulse"},
}}

setpoint_of(asset, ratings) := {
	"asset": asset,
	"kind": "battery",
	"quantity": "active_power_setpoint",
	"operation": "setpoint",
	"upstream": "feeder",
	"ratings": ratings,
	"beside": {
		"active_power": {"point": concat("/", [asset, "active_power"]), "stale_s": 10},
		"voltage": {"point": concat("/", [asset, "voltage"]), "stale_s": 10},
	},
}

reading(value) := {"value": value, "quality": 0, "age_s": 1}

calm(volts) := {
	"a/active_power": reading(0), "a/voltage": reading(volts),
	"b/active_power": reading(0), "b/voltage": reading(volts),
	"c/active_power": reading(0), "c/voltage": reading(volts),
}

write(id, asset, value) := {
	"id": id,
	"point": concat("/", [asset, "active_power_setpoint"]),
	"value": value,
	"operation": "setpoint",
}

asked(commands, read) := {"now_ns": 1, "occasion": "tick", "commands": commands, "readings": read}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_a_voltage_within_the_band_is_cleared if {
	cleared(asked([write("w", "a", 100)], calm(240))) == {"w"}
	cleared(asked([write("w", "a", -100)], calm(240))) == {"w"}
}

test_the_edges_of_the_band_belong_to_it if {
	cleared(asked([write("w", "a", 125)], calm(240.5))) == {"w"}
	cleared(asked([write("w", "a", 126)], calm(240.5))) == set()
}

test_a_voltage_above_the_band_is_denied_with_value_and_limit if {
	document := asked([write("w", "a", 200)], calm(240))
	cleared(document) == set()
	reasons(document) == {"the voltage at a would rise to 260 V: at most 253 V are permitted"}
}

test_a_voltage_below_the_band_is_denied if {
	document := asked([write("w", "a", -200)], calm(220))
	cleared(document) == set()
	reasons(document) == {"the voltage at a would fall to 200 V: at least 207 V are needed"}
}

test_what_leads_back_into_the_band_is_cleared if {
	cleared(asked([write("w", "a", -50)], calm(260))) == {"w"}
	cleared(asked([write("w", "a", 50)], calm(200))) == {"w"}
	cleared(asked([write("w", "a", 0)], calm(260))) == {"w"}
}

test_two_that_fit_alone_but_not_together_are_denied if {
	cleared(asked([write("w", "a", 100), write("v", "b", 100)], calm(240))) == set()
}

test_details_of_quality_that_spoil_nothing_permit if {
	inaccurate := {"a/voltage": {"value": 240, "quality": 512, "age_s": 1}}
	cleared(asked([write("w", "a", 100)], object.union(calm(240), inaccurate))) == {"w"}
	cleared(asked([write("w", "a", 200)], object.union(calm(240), inaccurate))) == set()
}

test_a_missing_bad_or_old_reading_denies if {
	every point in ["a/voltage", "a/active_power"] {
		every broken in [{"value": 1, "quality": 3, "age_s": 1}, {"value": 1, "quality": 0, "age_s": 99}, reading(null)] {
			document := asked([write("w", "a", 1)], object.union(calm(230), {point: broken}))
			cleared(document) == set()
			count(reasons(document)) > 0
		}
		gone := asked([write("w", "a", 1)], object.remove(calm(230), [point]))
		cleared(gone) == set()
		count(reasons(gone)) > 0
	}
}

test_a_missing_rating_denies if {
	document := asked([write("w", "c", 1)], calm(230))
	cleared(document) == set()
	reasons(document) == {"the voltage at c cannot be predicted: the site declares no volts_per_kw for it"}
}

test_what_moves_no_voltage_is_cleared if {
	cleared(asked([{"id": "p", "point": "b/close", "value": 1, "operation": "pulse"}], {})) == {"p"}
	mixed := [{"id": "p", "point": "b/close", "value": 1, "operation": "pulse"}, write("w", "a", 200)]
	cleared(asked(mixed, calm(240))) == {"p"}
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(asked([write("w", "a", 0)], {}), {"occasion": "load"})) == {"w"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"lv_voltage_band": {}}
	count(policy.clear) == 0 with input as asked([write("w", "a", 1)], calm(230)) with data.site as site with data.parameters as none
}
