"""Allocation rules (分仓规则): what they say, which of them an order matches, and what is wrong with a set of them.

`terms` holds the values, `documents` reads and writes them, `matching` decides one order in plain words, `compiled` decides
a batch, `findings` tells which rules contradict each other or can never match.
"""
