package aios.policies.xfmr_loading_test

import data.aios.policies.xfmr_loading as policy
import rego.v1

# 1000 kVA, 100 A: K = current / 100, and 1 kW is 0.001 of K. The limit is K = 1.5.
site := {
	"unusable": 2051,
	"points": {
		"bat/active_power_setpoint": setpoint_of("bat", ["t"]),
		"bat/active_power": {"asset": "bat", "quantity": "active_power", "stale_s": 10},
		"two/active_power_setpoint": setpoint_of("two", ["t"]),
		"two/active_power": {"asset": "two", "quantity": "active_power", "stale_s": 10},
		"free/active_power_setpoint": setpoint_of("free", []),
		"t/load_current": {"asset": "t", "quantity": "load_current", "stale_s": 10},
		"t/hot_spot_temperature": {"asset": "t", "quantity": "hot_spot_temperature", "stale_s": 10},
		"t/loading_mode": {"asset": "t", "quantity": "loading_mode", "stale_s": 10},
	},
	"assets": {
		"t": {
			"rated_kva": 1000,
			"rated_current_a": 100,
			"load_current": "t/load_current",
			"active_power": "",
			"hot_spot": "t/hot_spot_temperature",
			"loading_mode": "t/loading_mode",
		},
	},
}

setpoint_of(asset, transformers) := {
	"asset": asset,
	"kind": "battery",
	"quantity": "active_power_setpoint",
	"operation": "setpoint",
	"beside": {"active_power": {"point": concat("/", [asset, "active_power"]), "stale_s": 10}},
	"transformers": transformers,
}

reading(value) := {"value": value, "quality": 0, "age_s": 1}

readings(current_a, hot_spot_c) := {
	"t/load_current": reading(current_a),
	"t/hot_spot_temperature": reading(hot_spot_c),
	"bat/active_power": reading(0),
	"two/active_power": reading(0),
}

write(id, asset, value) := {
	"id": id,
	"point": concat("/", [asset, "active_power_setpoint"]),
	"value": value,
	"operation": "setpoint",
}

one(value, read) := {"commands": [write("c", "bat", value)], "readings": read}

outcome(document) := {
	"clear": clear,
	"deny": {entry.command | some entry in deny},
	"clamp": {entry.command: entry.low | some entry in clamp},
} if {
	clear := policy.clear with input as document with data.site as site
	deny := policy.deny with input as document with data.site as site
	clamp := policy.clamp with input as document with data.site as site
}

test_charging_within_the_limit_is_cleared if {
	outcome(one(-400, readings(100, 90))) == {"clear": {"c"}, "deny": set(), "clamp": {}}
}

test_charging_up_to_the_limit_is_cleared if {
	outcome(one(-500, readings(100, 90))) == {"clear": {"c"}, "deny": set(), "clamp": {}}
}

test_charging_beyond_the_limit_is_clamped_to_it if {
	outcome(one(-700, readings(100, 90))) == {"clear": set(), "deny": set(), "clamp": {"c": -500}}
}

test_charging_at_the_limit_is_denied if {
	outcome(one(-1, readings(150, 90))) == {"clear": set(), "deny": {"c"}, "clamp": {}}
}

test_charging_above_the_hot_spot_limit_is_denied if {
	outcome(one(-1, readings(100, 120))).clear == {"c"}
	outcome(one(-1, readings(100, 120.1))) == {"clear": set(), "deny": {"c"}, "clamp": {}}
}

test_a_hot_transformer_is_not_loaded_up_to_its_limit if {
	outcome(one(-700, readings(100, 121))) == {"clear": set(), "deny": {"c"}, "clamp": {}}
}

test_a_load_that_flows_backwards_counts if {
	outcome(one(-700, readings(-100, 90))) == {"clear": set(), "deny": set(), "clamp": {"c": -500}}
}

test_discharging_is_cleared_however_hot_and_loaded_it_is if {
	outcome(one(100, readings(170, 150))) == {"clear": {"c"}, "deny": set(), "clamp": {}}
}

test_discharging_is_cleared_when_the_transformer_is_not_seen if {
	outcome(one(100, {"bat/active_power": reading(0)})).clear == {"c"}
}

test_a_missing_load_or_hot_spot_denies_charging if {
	outcome(one(-1, object.remove(readings(100, 90), ["t/load_current"]))).deny == {"c"}
	outcome(one(-1, object.remove(readings(100, 90), ["t/hot_spot_temperature"]))).deny == {"c"}
}

test_an_unknown_present_power_denies if {
	outcome(one(-1, object.remove(readings(100, 90), ["bat/active_power"]))).deny == {"c"}
}

test_a_bad_or_old_load_denies_charging if {
	bad := {"t/load_current": {"value": 10, "quality": 3, "age_s": 1}}
	old := {"t/load_current": {"value": 10, "quality": 0, "age_s": 11}}
	outcome(one(-1, object.union(readings(100, 90), bad))) == {"clear": set(), "deny": {"c"}, "clamp": {}}
	outcome(one(-1, object.union(readings(100, 90), old))) == {"clear": set(), "deny": {"c"}, "clamp": {}}
}

test_a_reading_that_is_no_number_denies_charging if {
	every point in ["t/load_current", "t/hot_spot_temperature", "bat/active_power"] {
		given := outcome(one(-1, object.union(readings(100, 90), {point: reading(null)})))
		given.clear == set()
		given.clamp == {}
	}
}

# 1000 times the size, the same current: K = 1.4 is within the limit of the medium class only.
test_a_large_transformer_has_the_lower_limit if {
	rated := {"rated_kva": 1000000, "rated_current_a": 100}
	large := object.union(site, {"assets": {"t": object.union(site.assets.t, rated)}})
	document := one(-1, readings(140, 90))
	"c" in policy.clear with input as document with data.site as site
	count(policy.clear) == 0 with input as document with data.site as large
}

moded(current_a, hot_spot_c, mode) := object.union(readings(current_a, hot_spot_c), {"t/loading_mode": mode})

test_in_long_time_emergency_the_hot_spot_may_be_at_140 if {
	outcome(one(-1, moded(100, 140, reading(1)))).clear == {"c"}
	outcome(one(-1, moded(100, 140.1, reading(1)))).deny == {"c"}
	outcome(one(-700, moded(100, 130, reading(1)))).clamp == {"c": -500}
}

test_in_short_time_emergency_the_hot_spot_may_be_at_160_and_k_at_1_8 if {
	outcome(one(-800, moded(100, 160, reading(2)))).clear == {"c"}
	round(outcome(one(-900, moded(100, 160, reading(2)))).clamp.c) == -800 # 1.8 - 1 has other digits in each evaluator
	outcome(one(-1, moded(100, 160.1, reading(2)))).deny == {"c"}
}

test_normal_and_every_other_mode_has_the_normal_limits if {
	every mode in [0, 3, -1, 1.5] {
		outcome(one(-1, moded(100, 121, reading(mode)))).deny == {"c"}
	}
}

test_a_mode_that_cannot_be_used_counts_as_normal if {
	bad := {"value": 2, "quality": 3, "age_s": 1}
	old := {"value": 2, "quality": 0, "age_s": 11}
	every mode in [bad, old, reading(null)] {
		outcome(one(-1, moded(100, 121, mode))).deny == {"c"}
	}
}

test_two_batteries_share_the_room_in_proportion if {
	both := {"commands": [write("c", "bat", -600), write("d", "two", -400)], "readings": readings(100, 90)}
	outcome(both) == {"clear": set(), "deny": set(), "clamp": {"c": -300, "d": -200}}
}

test_without_a_transformer_upstream_it_is_cleared if {
	outcome({"commands": [write("c", "free", -700)], "readings": {}}).clear == {"c"}
}

test_without_parameters_no_set_point_is_cleared if {
	document := one(-1, readings(100, 90))
	none := {"xfmr_loading": {}}
	count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	outcome(object.union(one(0, {}), {"occasion": "load"})) == {"clear": {"c"}, "deny": set(), "clamp": {}}
}

test_the_same_value_without_readings_is_denied_in_a_tick if {
	outcome(object.union(one(0, {}), {"occasion": "tick"})).deny == {"c"}
}
