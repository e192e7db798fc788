package aios.policies.der_enter_service_test

import data.aios.policies.der_enter_service as policy
import rego.v1

point(asset, kind, quantity, ratings) := {
	"asset": asset,
	"kind": kind,
	"quantity": quantity,
	"operation": "setpoint",
	"ratings": ratings,
	"beside": {one: {"point": concat("/", [asset, one]), "stale_s": 10} | some one in ["voltage", "frequency", "grid_normal_time"]},
}

site := {"unusable": 2051, "points": {
	"b/enable": point("b", "battery", "enable", {"nominal_v": 1000, "nominal_hz": 60}),
	"e/enable": point("e", "battery", "enable", {"nominal_v": 1000, "nominal_hz": 50}),
	"n/enable": point("n", "plant", "enable", {}),
	"b/power": point("b", "battery", "power", {}),
	"hall/enable": point("hall", "load", "enable", {}),
}}

normal := {"voltage": 1000, "frequency": 60, "grid_normal_time": 300}

seen(asset, values) := {concat("/", [asset, quantity]): {"value": value, "quality": 0, "age_s": 1} | some quantity, value in values}

enable(asset, value, values) := {"now_ns": 1, "readings": seen(asset, values), "commands": [{
	"id": "c",
	"point": concat("/", [asset, "enable"]),
	"value": value,
	"operation": "setpoint",
}]}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_a_grid_that_has_been_normal_for_long_enough_admits_it if {
	cleared(enable("b", 1, normal)) == {"c"}
	cleared(enable("b", 1, {"voltage": 917, "frequency": 60.1, "grid_normal_time": 300})) == {"c"}
	cleared(enable("e", 1, {"voltage": 860, "frequency": 50.1, "grid_normal_time": 60})) == {"c"}
}

test_too_short_a_time_denies_with_value_and_limit if {
	document := enable("b", 1, object.union(normal, {"grid_normal_time": 299}))
	cleared(document) == set()
	reasons(document) == {"b stays out of service: the grid has been normal for 299 s, 300 s are needed"}
}

test_a_voltage_or_frequency_outside_its_band_denies if {
	reasons(enable("b", 1, object.union(normal, {"voltage": 1060}))) == {"b stays out of service: the voltage is 1060 V, permitted are 917 to 1050 V"}
	reasons(enable("b", 1, object.union(normal, {"frequency": 59.4}))) == {"b stays out of service: the frequency is 59.4 Hz, permitted are 59.5 to 60.1 Hz"}
	cleared(enable("b", 1, object.union(normal, {"frequency": 59.4}))) == set()
}

test_anything_unknown_denies if {
	every quantity in ["voltage", "frequency", "grid_normal_time"] {
		document := enable("b", 1, object.remove(normal, [quantity]))
		cleared(document) == set()
		count(reasons(document)) == 1
	}
	cleared(enable("n", 1, normal)) == set()
	count(reasons(enable("n", 1, normal))) == 2
}

test_switching_off_is_never_held_back if {
	cleared(enable("b", 0, {})) == {"c"}
	reasons(enable("b", 0, {})) == set()
}

test_other_quantities_and_kinds_are_cleared if {
	cleared(enable("hall", 1, {})) == {"c"}
	other := {"now_ns": 1, "readings": {}, "commands": [{"id": "c", "point": "b/power", "value": 1, "operation": "setpoint"}]}
	cleared(other) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"der_enter_service": {}}
	every document in [enable("b", 1, normal), enable("b", 0, {}), enable("hall", 1, {})] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
