package aios.policies.ai_scope_test

import data.aios.policies.ai_scope as policy
import rego.v1

site := {
	"time_zone": "Europe/Berlin",
	"agents": {"shaver": "peak_shaving", "guard": "plain_rule"},
	"points": {
		"b/p": {"asset": "b", "kind": "battery", "quantity": "p", "operation": "setpoint"},
		"night/p": {"asset": "night", "kind": "load", "quantity": "p", "operation": "setpoint"},
		"pump/p": {"asset": "pump", "kind": "pump", "quantity": "p", "operation": "setpoint"},
		"cb/close": {"asset": "cb", "kind": "breaker", "quantity": "close", "operation": "setpoint"},
	},
}

given := {"ai_scope": {
	"person": "person:",
	"rule_kinds": ["plain_rule"],
	"scope": [
		{"kind": "battery", "quantity": "p", "from_minute": 0, "until_minute": 1440},
		{"asset": "night", "quantity": "p", "from_minute": 0, "until_minute": 360},
		{"kind": "pump", "quantity": "p", "from_minute": 0, "until_minute": 1440, "at_most_wrong": 0.1},
	],
	"least_outcomes": 30,
	"worth_asking_from": 0.2,
	"approvals": 1,
	"roles": ["OPERATOR"],
	"approval_s": 600,
	"holds_s": 300,
}}

# 2026-11-23 04:59:59 and 05:00:00 UTC are 05:59:59 and 06:00:00 in Berlin.
before_six_ns := 1795409999000000000

six_ns := 1795410000000000000

wish(point, maker, answers) := {
	"now_ns": six_ns, "occasion": "tick", "readings": {}, "approvals": {"c": answers},
	"commands": [{"id": "c", "point": point, "value": 7, "operation": "setpoint", "asked_by": maker, "trace": "t1"}],
}

yes(person, role) := {"person": person, "role": role, "granted": true}

untraced(document) := object.union(document, {"commands": [object.union(document.commands[0], {"trace": ""})]})

cleared(document) := ids if {
	ids := policy.clear with input as document with data.site as site with data.parameters as given
}

asked(document) := lines if {
	lines := policy.ask with input as document with data.site as site with data.parameters as given
}

denied(document) := {line.reason | some line in lines} if {
	lines := policy.deny with input as document with data.site as site with data.parameters as given
}

test_within_its_scope_a_model_acts if {
	cleared(wish("b/p", "shaver", [])) == {"c"}
	asked(wish("b/p", "shaver", [])) == set()
}

test_outside_its_scope_a_person_is_asked if {
	cleared(wish("cb/close", "shaver", [])) == set()
	some question in asked(wish("cb/close", "shaver", []))
	question.approvals == 1
	question.reason == "shaver may recommend 7 for cb/close, and not act: outside its scope 1 must agree"
}

test_the_scope_ends_by_the_local_clock if {
	cleared(object.union(wish("night/p", "shaver", []), {"now_ns": before_six_ns})) == {"c"}
	cleared(wish("night/p", "shaver", [])) == set()
	count(asked(wish("night/p", "shaver", []))) == 1
}

test_with_a_persons_agreement_it_is_cleared if {
	cleared(wish("cb/close", "shaver", [yes("anna", "OPERATOR")])) == {"c"}
	cleared(wish("cb/close", "shaver", [yes("anna", "VIEWER")])) == set()
	cleared(wish("cb/close", "shaver", [object.union(yes("anna", "OPERATOR"), {"granted": false})])) == set()
}

test_people_and_plain_rules_are_no_models if {
	cleared(wish("cb/close", "person:anna", [])) == {"c"}
	cleared(wish("cb/close", "guard", [])) == {"c"}
}

test_who_cannot_be_told_from_a_model_is_one if {
	cleared(wish("cb/close", "stranger", [])) == set()
	cleared(wish("cb/close", "", [])) == set()
	count(asked(wish("cb/close", "", []))) == 1
}

test_without_a_trace_it_is_denied if {
	cleared(untraced(wish("b/p", "shaver", [yes("anna", "OPERATOR")]))) == set()
	denied(untraced(wish("b/p", "shaver", []))) == {"the wish of shaver for b/p carries no trace by which its evidence is found"}
	asked(untraced(wish("b/p", "shaver", []))) == set()
}

test_the_safe_set_is_cleared_when_the_site_is_loaded if {
	cleared(object.union(wish("cb/close", "", []), {"occasion": "load"})) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"ai_scope": {}}
	every document in [wish("b/p", "shaver", [yes("anna", "OPERATOR")]), wish("b/p", "person:anna", [])] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}

# What the gateway says of a wish of the pump: how sure it is, and what became of its earlier ones.
surely(said, outcomes, from_confidence) := object.union(wish("pump/p", "shaver", []), {"confidence": {"c": {
	"said": said, "basis": "a guess", "outcomes": outcomes, "wrong": 2,
	"thresholds": [{"at_most_wrong": 0.05, "from_confidence": 0.99}, {"at_most_wrong": 0.1, "from_confidence": from_confidence}],
}}})

reasons(document) := {line.reason | some line in asked(document)}

test_who_is_sure_enough_acts if {
	cleared(surely(0.9, 30, 0.9)) == {"c"}
	asked(surely(0.9, 30, 0.9)) == set()
}

test_who_is_not_sure_enough_asks if {
	cleared(surely(0.62, 40, 0.9)) == set()
	reasons(surely(0.62, 40, 0.9)) == {"what is behind 7 for pump/p is not sure enough: shaver is 62 % sure, against the 90 % from which at most 10 % turn out wrong (2 of 40 outcomes were)"}
}

# Two entries fit the pump: its own and that of its kind, in either order.
two_entries(first, second) := {"ai_scope": object.union(given.ai_scope, {"scope": [
	{"kind": "pump", "quantity": "p", "from_minute": 0, "until_minute": 1440, "at_most_wrong": first},
	{"asset": "pump", "quantity": "p", "from_minute": 0, "until_minute": 1440, "at_most_wrong": second},
]})}

test_of_two_entries_that_fit_the_loosest_counts_and_is_told if {
	every parameters in [two_entries(0.05, 0.1), two_entries(0.1, 0.05), two_entries("much", 0.1), two_entries(0.1, true)] {
		lines := policy.ask with input as surely(0.62, 40, 0.9) with data.site as site with data.parameters as parameters
		{line.reason | some line in lines} == {"what is behind 7 for pump/p is not sure enough: shaver is 62 % sure, against the 90 % from which at most 10 % turn out wrong (2 of 40 outcomes were)"}
		policy.clear == {"c"} with input as surely(0.9, 40, 0.9) with data.site as site with data.parameters as parameters
	}
}

test_with_too_few_outcomes_a_person_is_asked if {
	cleared(surely(1, 12, 0.1)) == set()
	reasons(surely(1, 12, 0.1)) == {"shaver is 100 % sure of 7 for pump/p, not enough calibrated: 12 of 30 outcomes yet"}
}

test_a_wish_that_expects_nothing_borrows_no_trust_from_others if {
	unbet := object.union(surely(1, 40, 0.1), {"confidence": {"c": {"bets": false}}})
	cleared(unbet) == set()
	reasons(unbet) == {"shaver is 100 % sure of 7 for pump/p, and expects nothing by which that could be seen: 1 must agree"}
}

test_where_too_much_turned_out_wrong_no_confidence_is_enough if {
	cleared(surely(1, 40, null)) == set()
	reasons(surely(1, 40, null)) == {"what is behind 7 for pump/p is not sure enough: shaver is 100 % sure, and no confidence of it is enough now, 2 of its last 40 outcomes were wrong"}
}

test_who_does_not_say_how_sure_it_is_asks if {
	cleared(wish("pump/p", "shaver", [])) == set()
	reasons(wish("pump/p", "shaver", [])) == {"shaver does not say how sure it is of 7 for pump/p: 1 must agree"}
	cleared(surely("NaN", 40, 0)) == set()
	cleared(surely(1.5, 40, 0)) == set()
	cleared(surely(null, 40, 0)) == set()
	unsaid := object.remove(surely(1, 40, 0).confidence.c, ["said"])
	cleared(object.union(wish("pump/p", "shaver", []), {"confidence": {"c": unsaid}})) == set()
}

test_who_is_next_to_sure_of_nothing_is_not_asked_about if {
	cleared(surely(0.1, 40, 0.9)) == set()
	asked(surely(0.1, 40, 0.9)) == set()
	denied(surely(0.1, 40, 0.9)) == {"shaver is 10 % sure of 7 for pump/p: below 20 % nobody is asked, and nothing is done"}
}

test_with_a_persons_agreement_the_unsure_wish_is_cleared if {
	cleared(object.union(surely(0.62, 40, 0.9), {"approvals": {"c": [yes("anna", "OPERATOR")]}})) == {"c"}
}

test_a_share_that_is_no_number_lets_nobody_act if {
	every share in [null, "0.1", false, true] {
		loose := {"ai_scope": object.union(given.ai_scope, {"scope": [{"kind": "pump", "quantity": "p", "from_minute": 0, "until_minute": 1440, "at_most_wrong": share}]})}
		count(policy.clear) == 0 with input as surely(1, 40, 0) with data.site as site with data.parameters as loose
	}
}
