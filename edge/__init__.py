"""What runs on a gateway: agents, forecasting, maintenance, the gateway itself."""
