package aios.policies.sbo_sequence_test

import data.aios.policies.sbo_sequence as policy
import rego.v1

site := {"points": {
	"bay/close": {"quantity": "close", "operation": "pulse", "kind": "breaker", "select": "bay/select"},
	"bay/select": {"quantity": "select", "operation": "pulse", "kind": "breaker", "select": ""},
	"b/p": {"quantity": "p", "operation": "pulse", "kind": "battery", "select": ""},
	"vague/p": {"quantity": "p", "operation": "pulse", "kind": "battery"},
}}

operate := {"id": "c", "point": "bay/close", "value": 1, "operation": "pulse", "asked_by": "person:anna", "trace": "t"}

select := {"id": "s", "point": "bay/select", "value": 1, "operation": "pulse", "asked_by": "person:anna", "trace": "t"}

held := {"confirmed": true, "value": 1, "asked_by": "person:anna", "left_s": 4}

with_reservation(changes) := {"now_ns": 1, "commands": [operate], "reservations": {"c": object.union(held, changes)}}

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site
}

reasons(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site
}

test_a_reserved_device_is_operated if {
	cleared(with_reservation({})) == {"c"}
	reasons(with_reservation({})) == set()
}

test_without_a_reservation_it_is_denied if {
	every document in [{"now_ns": 1, "commands": [operate], "reservations": {}}, {"now_ns": 1, "commands": [operate]}] {
		cleared(document) == set()
		reasons(document) == {"bay/close is not operated: bay/select must be selected first"}
	}
}

test_an_operation_that_brings_its_select_along_is_cleared_with_it if {
	cleared({"now_ns": 1, "commands": [operate, select], "reservations": {}}) == {"c", "s"}
}

test_a_select_of_another_wish_does_not_count if {
	every change in [{"trace": "u"}, {"asked_by": "shaver"}, {"point": "b/p"}] {
		cleared({"now_ns": 1, "commands": [operate, object.union(select, change)], "reservations": {}}) == {"s"}
	}
}

test_a_select_does_not_replace_a_reservation_that_is_not_right if {
	document := object.union(with_reservation({"left_s": 0}), {"commands": [operate, select]})
	cleared(document) == {"s"}
}

test_each_departure_from_what_was_selected_denies if {
	reasons(with_reservation({"confirmed": false})) == {"bay/close is not operated: the device has not confirmed that it is reserved"}
	reasons(with_reservation({"value": 0})) == {"bay/close is not operated: it was selected for the value 0, not for 1"}
	reasons(with_reservation({"asked_by": "shaver"})) == {"bay/close is not operated: it was selected by shaver, not by person:anna"}
	reasons(with_reservation({"left_s": 0})) == {"bay/close is not operated: its reservation has 0 s left, more than 0 s are needed"}
	every change in [{"confirmed": false}, {"value": 0}, {"asked_by": "shaver"}, {"left_s": 0}, {"left_s": -1}] {
		cleared(with_reservation(change)) == set()
	}
}

test_what_operates_directly_is_cleared if {
	cleared({"now_ns": 1, "commands": [{"id": "d", "point": "b/p", "value": 1, "operation": "pulse"}]}) == {"d"}
}

test_a_point_of_which_nobody_says_how_it_is_operated_is_not_cleared if {
	cleared({"now_ns": 1, "commands": [{"id": "d", "point": "vague/p", "value": 1, "operation": "pulse"}]}) == set()
}

test_without_parameters_nothing_is_cleared if {
	none := {"sbo_sequence": {}}
	every document in [with_reservation({}), {"now_ns": 1, "commands": [operate, select]}] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
