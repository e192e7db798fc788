"""Access: who asks, as a control room vouches for them, and by what right."""
