"""Audit: a span of the command journal in an auditor's hands, who checks it without a gateway."""
