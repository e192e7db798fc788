package aios.policies.closing_needs_people_test

import data.aios.policies.closing_needs_people as policy
import rego.v1

site := {"points": {
	"cb1/close": {"quantity": "close", "operation": "pulse", "kind": "breaker", "title": "CB1"},
	"cb1/open": {"quantity": "open", "operation": "pulse", "kind": "breaker", "title": "CB1"},
	"cb1/toggle": {"quantity": "toggle", "operation": "pulse", "kind": "breaker", "title": "CB1"},
	"rel1/interlock_bypass": {"quantity": "interlock_bypass", "operation": "pulse", "kind": "relay", "title": "REL1"},
	"rel1/setting_group": {"quantity": "setting_group", "operation": "pulse", "kind": "relay", "title": "REL1"},
	"bat1/power": {"quantity": "power", "operation": "pulse", "kind": "battery", "title": "Bat1"},
}}

yes(person, role) := {"person": person, "role": role, "granted": true}

wish(point, maker, answers) := {
	"now_ns": 1,
	"commands": [{"id": "c", "point": point, "value": 1, "operation": "pulse", "asked_by": maker}],
	"readings": {},
	"approvals": {"c": answers},
}

cleared(document) := given if {
	given := policy.clear with input as document with data.site as site
}

questions(document) := given if {
	given := policy.ask with input as document with data.site as site
}

test_opening_needs_nobody if {
	cleared(wish("cb1/open", "shaver", [])) == {"c"}
	questions(wish("cb1/open", "shaver", [])) == set()
}

test_a_person_needs_another_person if {
	some question in questions(wish("cb1/close", "person:anna", []))
	question.approvals == 1
	cleared(wish("cb1/close", "person:anna", [])) == set()
	cleared(wish("cb1/close", "person:anna", [yes("berta", "OPERATOR")])) == {"c"}
}

test_who_asks_does_not_count if {
	cleared(wish("cb1/close", "person:anna", [yes("anna", "OPERATOR")])) == set()
}

test_a_machine_needs_two_people if {
	some question in questions(wish("cb1/close", "shaver", [yes("anna", "OPERATOR")]))
	question.approvals == 2
	cleared(wish("cb1/close", "shaver", [yes("anna", "OPERATOR")])) == set()
	cleared(wish("cb1/close", "shaver", [yes("anna", "OPERATOR"), yes("anna", "OPERATOR")])) == set()
	cleared(wish("cb1/close", "shaver", [yes("anna", "OPERATOR"), yes("berta", "ENGINEER")])) == {"c"}
}

test_a_role_that_may_not_answer_does_not_count if {
	cleared(wish("cb1/close", "person:anna", [yes("berta", "VIEWER")])) == set()
}

test_a_no_does_not_count if {
	cleared(wish("cb1/close", "person:anna", [object.union(yes("berta", "OPERATOR"), {"granted": false})])) == set()
}

test_what_is_not_known_to_open_counts_as_closing if {
	count(questions(wish("cb1/toggle", "person:anna", []))) == 1
}

test_bypassing_an_interlock_needs_people if {
	cleared(wish("rel1/interlock_bypass", "person:anna", [])) == set()
	cleared(wish("rel1/interlock_bypass", "person:anna", [yes("berta", "ENGINEER")])) == {"c"}
	cleared(wish("rel1/interlock_bypass", "shaver", [yes("berta", "ENGINEER")])) == set()
}

test_changing_a_protection_setting_needs_people_and_says_so if {
	cleared(wish("rel1/setting_group", "shaver", [yes("berta", "ENGINEER")])) == set()
	reasons := {question.reason | some question in questions(wish("rel1/setting_group", "person:anna", []))}
	reasons == {"another setting group of REL1 needs the agreement of 1 more"}
}

test_other_writes_are_cleared if {
	cleared(wish("bat1/power", "shaver", [])) == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"closing_needs_people": {}}
	document := wish("cb1/close", "person:anna", [yes("berta", "OPERATOR")])
	count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
}

test_without_approvals_in_the_request_nothing_is_closed if {
	document := object.remove(wish("cb1/close", "person:anna", []), ["approvals"])
	cleared(document) == set()
	count(questions(document)) == 1
}
