package aios.policies.dr_comfort_and_critical_test

import data.aios.policies.dr_comfort_and_critical as policy
import rego.v1

point(asset, ratings) := {
	"asset": asset,
	"title": upper(asset),
	"kind": "load",
	"quantity": "active_power_limit",
	"operation": "setpoint",
	"ratings": object.union({"power_kw": 50, "events_per_season": 10, "event_hours_per_day": 4}, ratings),
	"beside": {one: {"point": concat("/", [asset, one]), "stale_s": 10} |
		some one in ["indoor_temperature", "season_events", "event_hours_today"]
	},
}

site := {"unusable": 2051, "points": {
	"hall/active_power_limit": point("hall", {"critical": 0}),
	"pump/active_power_limit": point("pump", {"critical": 0, "comfort": 0}),
	"ward/active_power_limit": point("ward", {"critical": 1, "comfort": 0}),
	"who/active_power_limit": point("who", {"comfort": 0}),
	"free/active_power_limit": {
		"asset": "free", "title": "FREE", "kind": "load", "quantity": "active_power_limit", "operation": "setpoint",
		"ratings": {"critical": 0, "comfort": 0}, "beside": {},
	},
	"plant/active_power_limit": {"asset": "plant", "kind": "plant", "quantity": "active_power_limit", "operation": "setpoint"},
	"hall/close": {"asset": "hall", "kind": "load", "quantity": "close", "operation": "setpoint"},
}}

usual := {"indoor_temperature": 21, "season_events": 3, "event_hours_today": 1}

seen(asset, values) := {concat("/", [asset, quantity]): {"value": value, "quality": 0, "age_s": 1} | some quantity, value in values}

limit(asset, kw, values) := {"now_ns": 1, "occasion": "tick", "readings": seen(asset, values), "commands": [{
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

test_a_comfortable_load_under_contract_is_limited if {
	cleared(limit("hall", 10, usual)) == {"c"}
	reasons(limit("hall", 10, usual)) == set()
	cleared(limit("pump", 10, object.remove(usual, ["indoor_temperature"]))) == {"c"}
}

test_a_critical_load_is_never_shed if {
	cleared(limit("ward", 10, usual)) == set()
	reasons(limit("ward", 10, usual)) == {"WARD keeps its supply: it is critical and is never shed"}
}

test_a_load_of_which_nobody_says_whether_it_is_critical_is_not_shed if {
	cleared(limit("who", 10, usual)) == set()
	count(reasons(limit("who", 10, usual))) == 1
}

test_rooms_outside_their_band_deny_with_value_and_band if {
	cold := limit("hall", 10, object.union(usual, {"indoor_temperature": 18.5}))
	cleared(cold) == set()
	reasons(cold) == {"HALL keeps its supply: its rooms are at 18.5 degC, permitted are 19 to 26 degC"}
	cleared(limit("hall", 10, object.union(usual, {"indoor_temperature": 27}))) == set()
}

test_a_contract_that_is_used_up_denies if {
	cleared(limit("hall", 10, object.union(usual, {"season_events": 10}))) == {"c"}
	reasons(limit("hall", 10, object.union(usual, {"season_events": 11}))) == {"HALL keeps its supply: it would be event 11 of the season, its contract permits 10"}
	reasons(limit("hall", 10, object.union(usual, {"event_hours_today": 4}))) == {"HALL keeps its supply: it has been limited for 4 h today, its contract permits 4 h"}
}

test_anything_unknown_denies if {
	every quantity in ["indoor_temperature", "season_events", "event_hours_today"] {
		cleared(limit("hall", 10, object.remove(usual, [quantity]))) == set()
		count(reasons(limit("hall", 10, object.remove(usual, [quantity])))) == 1
	}
	cleared(limit("free", 10, usual)) == set()
	count(reasons(limit("free", 10, usual))) == 4
}

test_lifting_a_limit_is_cleared if {
	cleared(limit("ward", 50, {})) == {"c"}
	reasons(limit("ward", 50, {})) == set()
}

test_other_assets_and_quantities_are_cleared if {
	cleared(limit("plant", 1, {})) == {"c"}
	cleared({"now_ns": 1, "readings": {}, "commands": [{"id": "c", "point": "hall/close", "value": 1, "operation": "setpoint"}]}) == {"c"}
}

test_the_safe_set_of_what_is_not_critical_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(limit("hall", 10, {}), {"occasion": "load"})) == {"c"}
	cleared(object.union(limit("ward", 10, {}), {"occasion": "load"})) == set()
}

test_without_parameters_nothing_is_cleared if {
	none := {"dr_comfort_and_critical": {}}
	every document in [limit("hall", 10, usual), limit("hall", 50, usual), limit("plant", 1, {})] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
