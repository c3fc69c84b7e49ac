"""Rate cards as spreadsheets: a workbook of named sheets, or one of them as CSV, read by the cell and written back the same.

`book` reads and writes all sheets of a card together; each sheet has a module of its own; `files` knows XLSX and CSV.
"""
