package aios.gate_test

import data.aios.gate
import rego.v1

# Whatever policies the bundle has are replaced by what they would have said.
site := {"points": {"b/p": {"asset": "b", "quantity": "p", "operation": "setpoint"}}, "assets": {"b": {"kind": "x"}}}

write(point, operation) := {
	"now_ns": 1,
	"commands": [{"id": "c", "point": point, "value": 1, "operation": operation}],
	"readings": {},
}

entry := {"command": "c", "rule": "r", "reason": "why"}

roll_call(clear, deny, clamp, ask) := {"open": {"p"}, "clear": clear, "deny": deny, "clamp": clamp, "ask": ask}

all_settled := {"open": set(), "clear": {"c"}, "deny": [], "clamp": [], "ask": []}

answer(document, said) := given if {
	given := gate.document with input as document with data.site as site with data.aios.roll_call as said
}

test_what_all_cleared_is_allowed if {
	answer(write("b/p", "setpoint"), roll_call({"c"}, [], [], [])).allow == {"c"}
}

test_what_all_have_settled_is_allowed if {
	given := answer(write("b/p", "setpoint"), all_settled)
	given.allow == {"c"}
	{given.deny, given.clamp, given.ask} == {[]}
}

test_what_cannot_be_judged_is_not_allowed_though_all_have_settled if {
	answer(write("nowhere/p", "setpoint"), all_settled).allow == set()
	answer(object.remove(write("b/p", "setpoint"), ["now_ns"]), all_settled).allow == set()
}

test_what_not_all_cleared_is_not_allowed if {
	answer(write("b/p", "setpoint"), roll_call(set(), [], [], [])).allow == set()
}

test_what_one_denies_clamps_or_asks_is_not_allowed if {
	answer(write("b/p", "setpoint"), roll_call({"c"}, [entry], [], [])).allow == set()
	answer(write("b/p", "setpoint"), roll_call({"c"}, [], [entry], [])).allow == set()
	answer(write("b/p", "setpoint"), roll_call({"c"}, [], [], [entry])).allow == set()
}

test_what_is_no_number_or_has_no_time_or_name_is_not_allowed if {
	whole := write("b/p", "setpoint")
	every broken in [
		json.remove(whole, ["now_ns"]),
		json.remove(whole, ["commands/0/value"]),
		object.union(whole, {"now_ns": "noon"}),
		object.union(whole, {"commands": [object.union(whole.commands[0], {"value": null})]}),
		object.union(whole, {"commands": [object.union(whole.commands[0], {"value": "1"})]}),
		object.union(whole, {"commands": [object.union(whole.commands[0], {"id": 7})]}),
	] {
		answer(broken, roll_call({"c", 7}, [], [], [])).allow == set()
	}
}

test_two_commands_of_one_name_are_not_allowed if {
	one := write("b/p", "setpoint")
	twins := object.union(one, {"commands": [one.commands[0], object.union(one.commands[0], {"value": 2})]})
	answer(twins, roll_call({"c"}, [], [], [])).allow == set()
}

test_an_unknown_point_is_denied if {
	given := answer(write("nowhere/p", "setpoint"), roll_call({"c"}, [], [], []))
	given.allow == set()
	{denial.rule | some denial in given.deny} == {"known_point"}
}

test_an_operation_the_site_does_not_declare_is_denied if {
	given := answer(write("b/p", "pulse"), roll_call({"c"}, [], [], []))
	given.allow == set()
	{denial.rule | some denial in given.deny} == {"known_operation"}
}
