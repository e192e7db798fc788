"""What a gateway tells history: heard in the ticks, written to the outbox, and how its readers keep up."""
