"""Orders whose prices some carrier says over the network: they wait for its answer on the queue, not ready (docs/live-quotes.md)."""
