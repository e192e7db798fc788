package aios.policies.data_quality_gate_test

import data.aios.policies.data_quality_gate as policy
import rego.v1

point(asset, kind) := {
	"asset": asset,
	"kind": kind,
	"quantity": "active_power_setpoint",
	"operation": "setpoint",
	"beside": {"active_power": {"point": concat("/", [asset, "active_power"]), "stale_s": 60, "scan_s": 5}},
}

site := {
	"unusable": 2051,
	"clock_not_synchronised": 8192,
	"points": {
		"b/active_power_setpoint": point("b", "battery"),
		"x/active_power_setpoint": point("x", "busbar"),
		"cb/active_power_setpoint": point("cb", "breaker"),
	},
}

reading(quality, age_s) := {"b/active_power": {"value": 5, "quality": quality, "age_s": age_s}}

wish(asset, maker, read) := {"now_ns": 1, "occasion": "tick", "readings": read, "commands": [{
	"id": "c",
	"point": concat("/", [asset, "active_power_setpoint"]),
	"value": 1,
	"operation": "setpoint",
	"asked_by": maker,
}]}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_a_machine_acts_on_good_fresh_data if {
	cleared(wish("b", "shaver", reading(0, 10))) == {"c"}
	reasons(wish("b", "shaver", reading(0, 10))) == set()
}

test_data_older_than_two_scans_deny if {
	cleared(wish("b", "shaver", reading(0, 10.1))) == set()
	reasons(wish("b", "shaver", reading(0, 10.1))) == {"no machine commands b: b/active_power is 10.1 s old, 10 s are permitted"}
}

test_bad_data_deny if {
	every quality in [1, 3, 1027, 2048] {
		cleared(wish("b", "shaver", reading(quality, 1))) == set()
		reasons(wish("b", "shaver", reading(quality, 1))) == {"no machine commands b: b/active_power is not good"}
	}
}

test_a_clock_that_is_not_synchronised_denies if {
	cleared(wish("b", "shaver", reading(8192, 1))) == set()
	reasons(wish("b", "shaver", reading(8192, 1))) == {"no machine commands b: the clock of b/active_power is not synchronised"}
}

test_details_of_quality_that_spoil_nothing_permit if {
	cleared(wish("b", "shaver", reading(512, 1))) == {"c"}
	reasons(wish("b", "shaver", reading(512, 1))) == set()
}

test_missing_data_deny if {
	cleared(wish("b", "shaver", {})) == set()
	reasons(wish("b", "shaver", {})) == {"no machine commands b: no reading of b/active_power"}
	reasons(wish("cb", "shaver", {})) == {"no machine commands cb: the site declares no position at cb"}
}

test_a_kind_of_which_nothing_is_declared_is_not_commanded_by_machines if {
	cleared(wish("x", "shaver", reading(0, 1))) == set()
	count(reasons(wish("x", "shaver", reading(0, 1)))) == 1
}

test_a_person_may_act_on_any_data if {
	cleared(wish("b", "person:anna", {})) == {"c"}
	cleared(wish("x", "person:anna", {})) == {"c"}
	reasons(wish("b", "person:anna", {})) == set()
}

test_who_names_nobody_is_a_machine if {
	document := wish("b", "person:anna", {})
	cleared(object.union(document, {"commands": [object.remove(document.commands[0], ["asked_by"])]})) == set()
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(wish("b", "", {}), {"occasion": "load"})) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"data_quality_gate": {}}
	every document in [wish("b", "shaver", reading(0, 1)), wish("b", "person:anna", {}), object.union(wish("b", "", {}), {"occasion": "load"})] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
