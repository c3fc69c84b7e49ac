"""Prices asked of carriers and aggregators over the network: always outside transactions, always within one deadline."""
