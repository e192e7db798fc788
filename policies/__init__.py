"""What is allowed: Rego policies, the evaluators, the numeric envelope."""
