package aios.policies.ai_scope_test

import data.aios.policies.ai_scope as policy
import rego.v1

site := {
	"time_zone": "Europe/Berlin",
	"agents": {"shaver": "peak_shaving", "guard": "plain_rule"},
	"points": {
		"b/p": {"asset": "b", "kind": "battery", "quantity": "p", "operation": "setpoint"},
		"night/p": {"asset": "night", "kind": "load", "quantity": "p", "operation": "setpoint"},
		"cb/close": {"asset": "cb", "kind": "breaker", "quantity": "close", "operation": "setpoint"},
	},
}

given := {"ai_scope": {
	"person": "person:",
	"rule_kinds": ["plain_rule"],
	"scope": [
		{"kind": "battery", "quantity": "p", "from_minute": 0, "until_minute": 1440},
		{"asset": "night", "quantity": "p", "from_minute": 0, "until_minute": 360},
	],
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
