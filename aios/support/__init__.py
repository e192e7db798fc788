"""Support: what somebody who helps must see of a gateway, in one file, and no secret in it."""
