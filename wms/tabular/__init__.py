"""Read people's tables: CSV and XLSX of any size, row by row, with a report of what was taken and what was not."""
