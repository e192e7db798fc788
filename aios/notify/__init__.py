"""Notification: what people must know who look at no page, by webhook and mail, once and not in floods."""
