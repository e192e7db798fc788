package aios.policies.anm_lifo_test

import data.aios.policies.anm_lifo as policy
import rego.v1

point(asset, kind) := {
	"asset": asset,
	"kind": kind,
	"quantity": "active_power_limit",
	"operation": "setpoint",
	"upstream": "line",
	"stale_s": 10,
}

plant(date) := {"kind": "plant", "upstream": "line", "ratings": {"power_kw": 100, "application_date": date}}

site := {
	"unusable": 2051,
	"points": {
		"old/active_power_limit": point("old", "plant"),
		"new/active_power_limit": point("new", "plant"),
		"hall/active_power_limit": point("hall", "load"),
		"old/close": object.union(point("old", "plant"), {"quantity": "close"}),
	},
	"assets": {"old": plant(20120301), "new": plant(20240509), "t": {"kind": "transformer", "upstream": "", "ratings": {}}},
}

standing(old_kw, new_kw) := {
	"old/active_power_limit": {"value": old_kw, "quality": 0, "age_s": 1},
	"new/active_power_limit": {"value": new_kw, "quality": 0, "age_s": 1},
}

limit(asset, kw) := {
	"id": asset,
	"point": concat("/", [asset, "active_power_limit"]),
	"value": kw,
	"operation": "setpoint",
	"reversion_value": 0,
	"reversion_s": 300,
}

asked(commands, read) := {"now_ns": 1, "occasion": "tick", "commands": commands, "readings": read}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_the_newest_is_curtailed_first if {
	cleared(asked([limit("new", 40)], standing(100, 100))) == {"new"}
	cleared(asked([limit("old", 40)], standing(100, 0))) == {"old"}
}

test_an_older_plant_is_not_curtailed_while_a_newer_exports if {
	document := asked([limit("old", 40)], standing(100, 60))
	cleared(document) == set()
	reasons(document) == {"old is not limited to 40 kW: new is newer and still exports up to 60 kW"}
}

test_both_in_one_tick_count_together if {
	cleared(asked([limit("old", 40), limit("new", 0)], standing(100, 100))) == {"old", "new"}
}

test_the_newest_is_restored_last if {
	cleared(asked([limit("new", 50)], standing(80, 0))) == set()
	reasons(asked([limit("new", 50)], standing(80, 0))) == {"new is not limited to 50 kW: old is older and still curtailed to 80 of 100 kW"}
	cleared(asked([limit("old", 100)], standing(80, 0))) == {"old"}
}

test_a_limit_that_outlives_lost_communication_is_denied if {
	every broken in [{"reversion_value": 50}, {"reversion_s": 301}] {
		document := asked([object.union(limit("new", 40), broken)], standing(100, 100))
		cleared(document) == set()
		reasons(document) == {"new is not limited to 40 kW: it would not go to 0 kW within 300 s when communication is lost"}
	}
}

test_an_unknown_limit_of_another_plant_denies if {
	every other, name in {"new": "old/active_power_limit", "old": "new/active_power_limit"} {
		document := asked([limit(other, 0)], object.remove(standing(100, 100), [name]))
		cleared(document) == set()
		count(reasons(document)) == 1
	}
}

test_a_missing_date_denies if {
	document := asked([limit("new", 0)], standing(100, 100))
	undated := object.union(object.remove(site, ["assets"]), {"assets": object.union(site.assets, {"third": {"kind": "plant", "upstream": "line", "ratings": {"power_kw": 1}}})})
	count(policy.clear) == 0 with input as document with data.site as undated
	count(policy.deny) == 1 with input as document with data.site as undated
}

test_other_assets_and_quantities_are_cleared if {
	cleared(asked([limit("hall", 1)], {})) == {"hall"}
	cleared(asked([{"id": "c", "point": "old/close", "value": 1, "operation": "setpoint"}], {})) == {"c"}
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(asked([limit("old", 0)], {}), {"occasion": "load"})) == {"old"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"anm_lifo": {}}
	every document in [asked([limit("new", 40)], standing(100, 100)), asked([limit("hall", 1)], {})] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
