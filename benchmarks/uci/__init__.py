"""The product on real invoices: the parts of benchmarks.uci_online_retail."""
