"""What the program shows of itself: metrics for Prometheus, and spans for OpenTelemetry where they are switched on."""
