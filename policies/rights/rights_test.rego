package aios.rights_test

import data.aios.rights
import rego.v1

given := {
	"grants": {"alarm": {"read": ["VIEWER", "OPERATOR", "AUDITOR"], "acknowledge": ["OPERATOR"]}, "point": {"command": ["OPERATOR"]}},
	"only": {"AUDITOR": ["read", "export"]},
	"never": {"SECADM": {"point": ["command"]}},
	"withheld": [],
}

by(roles, action, kind) := {
	"person": "erika",
	"roles": roles,
	"sites": ["nord"],
	"action": action,
	"kind": kind,
	"site": "nord",
}

elsewhere(request) := object.union(request, {"site": "sued"})

test_a_granted_right_names_the_role_that_lends_it if {
	rights.document == {"granted": true, "roles": {"OPERATOR"}, "reasons": set()} with data.rights as given
		with input as by(["OPERATOR"], "acknowledge", "alarm")
}

test_nothing_is_granted_without_a_role if {
	not rights.granted with data.rights as given with input as by([], "read", "alarm")
}

test_what_is_not_in_the_table_is_granted_to_nobody if {
	not rights.granted with data.rights as given with input as by(["OPERATOR"], "melt", "alarm")
	not rights.granted with data.rights as given with input as by(["OPERATOR"], "read", "moon")
}

test_an_unknown_role_lends_nothing if {
	not rights.granted with data.rights as given with input as by(["KING"], "read", "alarm")
}

test_a_right_ends_at_the_sites_of_a_person if {
	not rights.granted with data.rights as given with input as elsewhere(by(["OPERATOR"], "acknowledge", "alarm"))
}

test_every_site_is_written_as_a_star if {
	everywhere := object.union(elsewhere(by(["OPERATOR"], "acknowledge", "alarm")), {"sites": ["*"]})
	rights.granted with data.rights as given with input as everywhere
}

test_who_only_reads_does_nothing_else_whatever_else_they_are if {
	not rights.granted with data.rights as given with input as by(["AUDITOR", "OPERATOR"], "acknowledge", "alarm")
	rights.granted with data.rights as given with input as by(["AUDITOR", "OPERATOR"], "read", "alarm")
}

test_two_roles_that_exclude_each_other_do_not_add_up if {
	not rights.granted with data.rights as given with input as by(["SECADM", "OPERATOR"], "command", "point")
}

test_a_site_withholds_a_right_from_a_role if {
	kept := object.union(given, {"withheld": [{"site": "nord", "role": "OPERATOR", "action": "acknowledge", "kind": "*"}]})
	not rights.granted with data.rights as kept with input as by(["OPERATOR"], "acknowledge", "alarm")
	rights.granted with data.rights as kept with input as by(["OPERATOR"], "read", "alarm")
}

test_an_empty_request_is_granted_nothing if {
	not rights.granted with data.rights as given with input as {}
}
