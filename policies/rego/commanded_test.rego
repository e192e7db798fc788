package aios.commanded_test

import data.aios.commanded
import rego.v1

site := {"points": {
	"b/p": {"operation": "setpoint", "kind": "battery"},
	"b/measured": {"kind": "battery"},
}}

whole := {"id": "c", "point": "b/p", "value": 1, "operation": "setpoint"}

changed(fields) := object.union(whole, fields)

writes(commands) := given if {
	given := commanded.writes with input as {"commands": commands} with data.site as site
}

without(commands, ids) := given if {
	given := commanded.without(ids) with input as {"commands": commands} with data.site as site
}

test_a_command_stands_beside_its_point if {
	writes([whole]) == [[whole, site.points["b/p"]]]
}

test_what_cannot_be_judged_stands_in_no_pair if {
	every broken in [
		changed({"point": "nowhere/p"}),
		changed({"point": "b/measured"}),
		changed({"operation": "pulse"}),
		changed({"value": null}),
		changed({"value": "1"}),
		changed({"id": 7}),
		object.remove(whole, ["id"]),
		object.remove(whole, ["value"]),
		object.remove(whole, ["operation"]),
	] {
		writes([broken]) == []
	}
}

names(document) := given if {
	given := commanded.names with input as document with data.site as site
}

test_the_names_are_those_of_all_commands if {
	names({"now_ns": 1, "commands": [whole, changed({"id": "d"})]}) == {"c", "d"}
	names({"now_ns": 1, "commands": []}) == set()
}

test_without_a_time_or_a_command_that_can_be_judged_there_are_no_names if {
	every broken in [
		{"commands": [whole]},
		{"now_ns": "noon", "commands": [whole]},
		{"now_ns": 1},
		{"now_ns": 1, "commands": [whole, changed({"id": "d", "point": "nowhere/p"})]},
		{"now_ns": 1, "commands": [whole, changed({"value": 2})]},
	] {
		not names(broken)
	}
}

test_what_a_policy_has_cleared_is_not_looked_at_again if {
	without([whole], {"c"}) == []
	without([whole, changed({"id": "d"})], {"c", "d"}) == []
}

test_what_is_left_is_looked_at if {
	other := changed({"id": "d"})
	{command.id | some [command, _] in without([whole, other], set())} == {"c", "d"}
	{command.id | some [command, _] in without([whole, other], {"c"})} == {"d"}
}

test_one_that_cannot_be_judged_hides_no_other if {
	{command.id | some [command, _] in without([changed({"point": "nowhere/p"}), whole], set())} == {"c"}
}

test_two_of_one_name_are_both_looked_at_until_all_are_cleared if {
	count(without([whole, changed({"value": 2})], set())) == 2
}

test_quantities_and_kinds_are_those_of_all_pairs if {
	kinds := commanded.kinds with input as {"commands": [whole, changed({"id": "d"})]} with data.site as site
	kinds == {"battery"}
	other := {"points": {"b/p": {"operation": "setpoint", "quantity": "p"}}}
	commanded.quantities == {"p"} with input as {"commands": [whole]} with data.site as other
}

test_kinds_are_unknown_where_an_asset_is_not_declared if {
	other := {"points": {"b/p": {"operation": "setpoint", "quantity": "p"}}}
	not commanded.kinds with input as {"commands": [whole]} with data.site as other
}

test_none_of_what_was_found_is_listed if {
	commanded.none_of({"a"}, ["b"])
	commanded.none_of(set(), ["b"])
	not commanded.none_of({"a", "b"}, ["b"])
}
