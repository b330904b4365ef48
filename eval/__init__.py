"""Is it still right? Cases, metrics, and a gate on committed scores."""
