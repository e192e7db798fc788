package aios.policies.enwg14a_only_when_endangered_test

import data.aios.policies.enwg14a_only_when_endangered as policy
import rego.v1

point(asset, kind, transformers) := {
	"asset": asset,
	"kind": kind,
	"quantity": "active_power_limit",
	"operation": "setpoint",
	"ratings": {"power_kw": 11},
	"transformers": transformers,
	"beside": {"active_power_limit": {"point": concat("/", [asset, "active_power_limit"]), "stale_s": 10}},
}

site := {
	"unusable": 2051,
	"assets": {"t": {"load_current": "t/load_current", "rated_current_a": 100}},
	"points": {
		"ev/active_power_limit": point("ev", "charging_point", ["t"]),
		"alone/active_power_limit": point("alone", "charging_point", []),
		"hall/active_power_limit": point("hall", "load", ["t"]),
		"ev/close": {"asset": "ev", "kind": "charging_point", "quantity": "close", "operation": "setpoint"},
	},
}

reading(value, quality, age_s) := {"value": value, "quality": quality, "age_s": age_s}

loaded(current_a) := {"t/load_current": reading(current_a, 0, 5)}

limit(asset, kw, read) := {"now_ns": 1, "occasion": "tick", "readings": read, "commands": [{
	"id": "c",
	"point": concat("/", [asset, "active_power_limit"]),
	"value": kw,
	"operation": "setpoint",
}]}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_dimming_is_cleared_while_the_transformer_is_endangered if {
	cleared(limit("ev", 4.2, loaded(100))) == {"c"}
	reasons(limit("ev", 4.2, loaded(100))) == set()
}

test_dimming_without_a_threat_is_denied_with_value_and_limit if {
	cleared(limit("ev", 4.2, loaded(90))) == set()
	reasons(limit("ev", 4.2, loaded(90))) == {"ev is not dimmed: t is loaded at K = 0.9, endangered from K = 1"}
}

test_lifting_and_easing_a_limit_is_cleared if {
	cleared(limit("ev", 11, {})) == {"c"}
	cleared(limit("ev", 6, {"ev/active_power_limit": reading(4.2, 0, 1)})) == {"c"}
	cleared(limit("ev", 4.2, {"ev/active_power_limit": reading(6, 0, 1)})) == set()
}

test_an_unknown_bad_or_old_load_permits_no_dimming if {
	every read in [{}, {"t/load_current": reading(150, 3, 1)}, {"t/load_current": reading(150, 0, 61)}] {
		cleared(limit("ev", 4.2, read)) == set()
		reasons(limit("ev", 4.2, read)) == {"ev is not dimmed: the load of t is unknown or older than 60 s"}
	}
}

test_without_a_transformer_upstream_nobody_is_dimmed if {
	cleared(limit("alone", 4.2, loaded(150))) == set()
	count(reasons(limit("alone", 4.2, loaded(150)))) == 1
}

test_other_assets_and_quantities_are_cleared if {
	cleared(limit("hall", 1, {})) == {"c"}
	other := {"now_ns": 1, "occasion": "tick", "readings": {}, "commands": [{"id": "c", "point": "ev/close", "value": 1, "operation": "setpoint"}]}
	cleared(other) == {"c"}
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(limit("ev", 4.2, {}), {"occasion": "load"})) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"enwg14a_only_when_endangered": {}}
	every document in [limit("ev", 4.2, loaded(150)), limit("hall", 1, {}), object.union(limit("ev", 4.2, {}), {"occasion": "load"})] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
