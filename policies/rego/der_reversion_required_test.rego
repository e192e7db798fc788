package aios.policies.der_reversion_required_test

import data.aios.policies.der_reversion_required as policy
import rego.v1

site := {"points": {
	"bat/p": {"kind": "battery", "operation": "setpoint", "renew_s": 60},
	"slow/p": {"kind": "battery", "operation": "setpoint", "renew_s": 250},
	"unset/p": {"kind": "battery", "operation": "setpoint", "renew_s": null},
	"cb/close": {"kind": "breaker", "operation": "pulse"},
}}

write(point, reversion_value, reversion_s) := {"commands": [{
	"id": "c",
	"point": point,
	"value": 1,
	"operation": "setpoint",
	"reversion_value": reversion_value,
	"reversion_s": reversion_s,
}]}

cleared(document) if "c" in policy.clear with input as document with data.site as site

denied(document) if {
	denials := policy.deny with input as document with data.site as site
	count(denials) > 0
	not cleared(document)
}

test_three_to_five_renewal_periods_are_cleared if {
	cleared(write("bat/p", 0, 180))
	cleared(write("bat/p", 0, 300))
}

test_fewer_than_three_or_more_than_five_are_denied if {
	denied(write("bat/p", 0, 179.9))
	denied(write("bat/p", 0, 300.1))
}

test_above_900_s_is_denied_even_within_five_periods if {
	cleared(write("slow/p", 0, 900))
	denied(write("slow/p", 0, 901))
}

test_a_missing_value_or_timer_is_denied if {
	denied(write("bat/p", null, 240))
	denied(write("bat/p", 0, null))
}

test_a_point_without_a_renewal_period_is_denied if denied(write("unset/p", 0, 240))

test_a_pulse_of_a_breaker_is_cleared if {
	cleared({"commands": [{"id": "c", "point": "cb/close", "value": 1, "operation": "pulse"}]})
}

test_an_unknown_point_is_not_cleared if not cleared(write("nowhere/p", 0, 240))

test_without_parameters_no_set_point_is_cleared if {
	none := {"der_reversion_required": {}}
	count(policy.clear) == 0 with input as write("bat/p", 0, 240) with data.site as site with data.parameters as none
}
