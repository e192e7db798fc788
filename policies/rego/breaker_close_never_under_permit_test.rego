package aios.policies.breaker_close_never_under_permit_test

import data.aios.policies.breaker_close_never_under_permit as policy
import rego.v1

site := {
	"points": {
		"cb1/close": {"quantity": "close", "operation": "pulse", "kind": "breaker", "zone": "bay1", "title": "CB1"},
		"cb1/open": {"quantity": "open", "operation": "pulse", "kind": "breaker", "zone": "bay1", "title": "CB1"},
		"cb1/toggle": {"quantity": "toggle", "operation": "pulse", "kind": "breaker", "zone": "bay1", "title": "CB1"},
		"cb2/close": {"quantity": "close", "operation": "pulse", "kind": "breaker", "zone": "", "title": "CB2"},
		"bat1/close": {"quantity": "close", "operation": "pulse", "kind": "battery", "zone": "bay1", "title": "Bat1"},
		"bat1/power": {"quantity": "power", "operation": "pulse", "kind": "battery", "zone": "bay1", "title": "Bat1"},
	},
	"permits": [{"id": "WP-1", "zone": "bay1", "holder": "M", "from_ns": 100, "until_ns": 200, "until_text": "noon"}],
}

pulse(point) := {"id": "c", "point": point, "value": 1, "operation": "pulse"}

at(now_ns, point) := {"now_ns": now_ns, "commands": [pulse(point)], "readings": {}}

test_closing_under_an_active_permit_is_denied if {
	denials := policy.deny with input as at(150, "cb1/close") with data.site as site
	some denial in denials
	denial.command == "c"
	contains(denial.reason, "WP-1")
	cleared := policy.clear with input as at(150, "cb1/close") with data.site as site
	count(cleared) == 0
}

test_the_first_and_the_last_moment_of_a_permit_count if {
	count(policy.deny) == 1 with input as at(100, "cb1/close") with data.site as site
	count(policy.deny) == 1 with input as at(200, "cb1/close") with data.site as site
	count(policy.clear) == 0 with input as at(100, "cb1/close") with data.site as site
	count(policy.clear) == 0 with input as at(200, "cb1/close") with data.site as site
}

test_closing_before_and_after_a_permit_is_cleared if {
	"c" in policy.clear with input as at(99, "cb1/close") with data.site as site
	"c" in policy.clear with input as at(201, "cb1/close") with data.site as site
}

test_opening_under_a_permit_is_cleared if {
	"c" in policy.clear with input as at(150, "cb1/open") with data.site as site
	count(policy.deny) == 0 with input as at(150, "cb1/open") with data.site as site
}

test_what_is_not_known_to_open_a_breaker_counts_as_closing if {
	count(policy.deny) == 1 with input as at(150, "cb1/toggle") with data.site as site
	count(policy.clear) == 0 with input as at(150, "cb1/toggle") with data.site as site
}

test_closing_counts_at_any_asset_and_other_writes_do_not if {
	count(policy.deny) == 1 with input as at(150, "bat1/close") with data.site as site
	count(policy.clear) == 0 with input as at(150, "bat1/close") with data.site as site
	"c" in policy.clear with input as at(150, "bat1/power") with data.site as site
}

test_closing_without_a_zone_is_denied if {
	count(policy.deny) == 1 with input as at(300, "cb2/close") with data.site as site
}

test_without_a_time_nothing_is_cleared if {
	timeless := {"commands": [pulse("cb1/close")], "readings": {}}
	count(policy.clear) == 0 with input as timeless with data.site as site
}

test_without_parameters_nothing_is_cleared if {
	none := {"breaker_close_never_under_permit": {}}
	count(policy.clear) == 0 with input as at(300, "cb1/open") with data.site as site with data.parameters as none
	count(policy.clear) == 0 with input as at(300, "cb1/close") with data.site as site with data.parameters as none
	count(policy.clear) == 0 with input as at(300, "bat1/power") with data.site as site with data.parameters as none
}
