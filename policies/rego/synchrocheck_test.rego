package aios.policies.synchrocheck_test

import data.aios.policies.synchrocheck as policy
import rego.v1

quantities := ["busbar_live", "line_live", "voltage_difference", "frequency_difference", "angle_difference", "dead_charging"]

point(asset, quantity, ratings) := {
	"asset": asset,
	"title": upper(asset),
	"kind": "breaker",
	"quantity": quantity,
	"operation": "pulse",
	"ratings": ratings,
	"beside": {one: {"point": concat("/", [asset, one]), "stale_s": 10} | some one in quantities},
}

site := {"unusable": 2051, "points": {
	"cb/close": point("cb", "close", {}),
	"cb/open": point("cb", "open", {}),
	"cb/select": point("cb", "select", {}),
	"cb/toggle": point("cb", "toggle", {}),
	"radial/close": point("radial", "close", {"synchrocheck": 0}),
	"bare/close": object.union(object.remove(point("bare", "close", {}), ["beside"]), {"beside": {}}),
	"b/power": {"asset": "b", "kind": "battery", "quantity": "power", "operation": "pulse"},
}}

seen(values) := {concat("/", ["cb", quantity]): {"value": value, "quality": 0, "age_s": 1} | some quantity, value in values}

live := {
	"busbar_live": 1, "line_live": 1, "dead_charging": 0,
	"voltage_difference": -5, "frequency_difference": 0.2, "angle_difference": -15,
}

pulse(name, values) := {"now_ns": 1, "readings": seen(values), "commands": [{"id": "c", "point": name, "value": 1, "operation": "pulse"}]}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_two_live_sides_in_step_are_joined_up_to_the_limits if {
	cleared(pulse("cb/close", live)) == {"c"}
	reasons(pulse("cb/close", live)) == set()
}

test_each_difference_beyond_its_limit_denies_with_value_limit_and_unit if {
	far := object.union(live, {"angle_difference": 15.1})
	cleared(pulse("cb/close", far)) == set()
	reasons(pulse("cb/close", far)) == {"CB stays open: angle difference is 15.1 deg, at most 15 deg are permitted"}
	every quantity, value in {"voltage_difference": 5.1, "frequency_difference": -0.21} {
		cleared(pulse("cb/close", object.union(live, {quantity: value}))) == set()
		count(reasons(pulse("cb/close", object.union(live, {quantity: value})))) == 1
	}
}

test_a_dead_side_is_charged_only_in_that_mode if {
	dead := object.union(live, {"line_live": 0, "angle_difference": 90})
	cleared(pulse("cb/close", dead)) == set()
	reasons(pulse("cb/close", dead)) == {"CB stays open: one side is dead, and dead-line charging is not switched on"}
	cleared(pulse("cb/close", object.union(dead, {"dead_charging": 1}))) == {"c"}
}

test_dead_line_charging_joins_no_live_sides_out_of_step if {
	cleared(pulse("cb/close", object.union(live, {"dead_charging": 1, "angle_difference": 90}))) == set()
}

test_anything_unknown_denies if {
	every quantity in ["busbar_live", "line_live", "voltage_difference", "frequency_difference", "angle_difference"] {
		cleared(pulse("cb/close", object.remove(live, [quantity]))) == set()
		count(reasons(pulse("cb/close", object.remove(live, [quantity])))) > 0
	}
	cleared(pulse("cb/close", {"dead_charging": 1, "line_live": 0})) == set()
	"BARE stays open: the site declares no line_live at bare" in reasons(pulse("bare/close", {}))
}

test_a_breaker_with_one_source_is_exempt_where_the_site_says_so if {
	cleared(pulse("radial/close", {})) == {"c"}
	reasons(pulse("radial/close", {})) == set()
}

test_opening_selecting_and_other_assets_are_cleared if {
	every name in ["cb/open", "cb/select", "b/power"] {
		cleared(pulse(name, {})) == {"c"}
	}
}

test_what_is_not_known_to_open_counts_as_closing if {
	cleared(pulse("cb/toggle", {})) == set()
	cleared(pulse("cb/toggle", live)) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"synchrocheck": {}}
	every name in ["cb/close", "cb/open", "radial/close", "b/power"] {
		count(policy.clear) == 0 with input as pulse(name, live) with data.site as site with data.parameters as none
	}
}
