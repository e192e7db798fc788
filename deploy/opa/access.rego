# Who may ask the policy server what: one question, and whether it is well. Nothing can be changed.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "aios", "gate", "document"]
}

allow if {
	input.method == "GET"
	input.path == ["health"]
}
