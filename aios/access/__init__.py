"""Who a person is: accounts, sign-ins, tokens, lock-out; all of it is the control room's."""
