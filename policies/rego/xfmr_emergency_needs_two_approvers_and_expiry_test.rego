package aios.policies.xfmr_emergency_needs_two_approvers_and_expiry_test

import data.aios.policies.xfmr_emergency_needs_two_approvers_and_expiry as policy
import rego.v1

site := {"points": {
	"t/loading_mode": {"asset": "t", "title": "T1", "kind": "transformer", "quantity": "loading_mode", "operation": "setpoint"},
	"b/loading_mode": {"asset": "b", "title": "B", "kind": "battery", "quantity": "loading_mode", "operation": "setpoint"},
	"t/fan": {"asset": "t", "title": "T1", "kind": "transformer", "quantity": "fan", "operation": "setpoint"},
}}

yes(person, role) := {"person": person, "role": role, "granted": true}

both := [yes("berta", "ENGINEER"), yes("carl", "ENGINEER")]

emergency := {
	"id": "c", "point": "t/loading_mode", "value": 1, "operation": "setpoint", "asked_by": "person:anna",
	"reason": "T2 is out", "reversion_value": 0, "reversion_s": 3600,
}

wish(changes, answers) := {"now_ns": 1, "commands": [object.union(emergency, changes)], "approvals": {"c": answers}}

outcome(document) := {"clear": clear, "ask": count(ask), "deny": {line.reason | some line in deny}} if {
	clear := policy.clear with input as document with data.site as site
	ask := policy.ask with input as document with data.site as site
	deny := policy.deny with input as document with data.site as site
}

test_two_engineers_agree if {
	outcome(wish({}, both)) == {"clear": {"c"}, "ask": 0, "deny": set()}
}

test_without_two_they_are_asked if {
	outcome(wish({}, [yes("berta", "ENGINEER")])) == {"clear": set(), "ask": 1, "deny": set()}
	outcome(wish({}, [yes("berta", "ENGINEER"), yes("berta", "ENGINEER")])).ask == 1
	outcome(wish({}, [yes("anna", "ENGINEER"), yes("berta", "ENGINEER")])).ask == 1
	outcome(wish({}, [yes("berta", "ENGINEER"), yes("carl", "OPERATOR")])).ask == 1
	outcome({"now_ns": 1, "commands": [emergency]}).ask == 1
}

test_the_question_names_transformer_time_and_reason if {
	ask := policy.ask with input as wish({}, []) with data.site as site
	some question in ask
	question.reason == "emergency loading of T1 for 3600 s (T2 is out) needs the agreement of 2 engineers"
	question.roles == ["ENGINEER"]
}

test_a_machine_never_asks_for_it if {
	outcome(wish({"asked_by": "shaver"}, both)) == {"clear": set(), "ask": 0, "deny": {"T1 stays in normal loading: a person must ask for it, by name"}}
}

test_without_reason_or_end_it_is_denied if {
	outcome(wish({"reason": " "}, both)).deny == {"T1 stays in normal loading: it gives no reason"}
	outcome(wish({"reversion_s": null}, both)).deny == {"T1 stays in normal loading: it does not revert to normal by itself"}
	outcome(wish({"reversion_value": 1}, both)).deny == {"T1 stays in normal loading: it does not revert to normal by itself"}
	outcome(wish({"reversion_s": null}, both)).clear == set()
}

test_it_lasts_no_longer_than_its_mode_permits if {
	outcome(wish({"reversion_s": 86400}, both)).clear == {"c"}
	outcome(wish({"value": 2, "reversion_s": 1801}, both)).deny == {"T1 stays in normal loading: it would last 1801 s, at most 1800 s are permitted in mode 2"}
	outcome(wish({"value": 2, "reversion_s": 1801}, both)).clear == set()
	outcome(wish({"value": 2, "reversion_s": 1800}, both)).clear == {"c"}
	outcome(wish({"value": 3}, both)).deny == {"T1 stays in normal loading: mode 3 is not known"}
}

test_going_back_to_normal_needs_nobody if {
	outcome(wish({"value": 0, "asked_by": "shaver", "reversion_s": null}, [])) == {"clear": {"c"}, "ask": 0, "deny": set()}
}

test_other_assets_and_quantities_are_cleared if {
	outcome(wish({"point": "b/loading_mode"}, [])).clear == {"c"}
	outcome(wish({"point": "t/fan"}, [])).clear == {"c"}
}

test_without_parameters_nothing_is_cleared if {
	none := {"xfmr_emergency_needs_two_approvers_and_expiry": {}}
	every document in [wish({}, both), wish({"value": 0}, []), wish({"point": "b/loading_mode"}, [])] {
		count(policy.clear) == 0 with input as document with data.site as site with data.parameters as none
	}
}
