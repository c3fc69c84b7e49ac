"""What can be wrong with a file as a whole, and with one cell of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class FileFault(DomainError):
    """Nothing of the file can be read with certainty."""


class FileMissing(FileFault):
    code = "file_missing"
    sentence = _("There is no readable file %(path)s.")


class FileEmpty(FileFault):
    code = "file_empty"
    sentence = _("The file has no header row.")


class FileNotTable(FileFault):
    code = "file_not_table"
    sentence = _("The file is neither CSV nor XLSX.")


class OldWorkbook(FileFault):
    code = "old_workbook"
    sentence = _("The file is an old .xls workbook or is protected by a password; save it as .xlsx without a password, or as CSV.")


class EncodingUnclear(FileFault):
    code = "encoding_unclear"
    sentence = _("The text is neither UTF-8 nor GB18030 nor Windows-1252 (line %(line)s); save the file as CSV UTF-8.")


class EncodingBroken(FileFault):
    code = "encoding_broken"
    sentence = _("The text is %(encoding)s, but line %(line)s has bytes that are not; save the file again as CSV UTF-8.")


class EncodingNameUnknown(FileFault):
    code = "encoding_name_unknown"
    sentence = _("There is no text encoding “%(encoding)s”.")


class DelimiterUnclear(FileFault):
    code = "delimiter_unclear"
    sentence = _("The header is one column, “%(header)s”: the cells must be separated by comma, semicolon, tab or |.")


class QuoteNeverCloses(FileFault):
    code = "quote_never_closes"
    sentence = _("A quotation mark in line %(line)s opens a cell that never ends.")


class LineTooLong(FileFault):
    code = "line_too_long"
    sentence = _("Line %(line)s is longer than a million characters.")


class WorkbookDamaged(FileFault):
    code = "workbook_damaged"
    sentence = _("The workbook is damaged: %(part)s can't be read.")


class WorkbookUnpacksTooLarge(FileFault):
    code = "workbook_unpacks_too_large"
    sentence = _("The workbook is refused: %(part)s unpacks to %(megabytes)s MB. Save large tables as CSV.")


class WorkbookUnsafe(FileFault):
    code = "workbook_unsafe"
    sentence = _("The workbook is refused: %(part)s has a construction that no spreadsheet program writes.")


class SheetMissing(FileFault):
    code = "sheet_missing"
    sentence = _("The workbook has no sheet “%(sheet)s”; it has: %(sheets)s.")


class ColumnsMissing(FileFault):
    code = "columns_missing"
    sentence = _("The file has no column for: %(missing)s. Its columns are: %(found)s.")


class ColumnTwice(FileFault):
    code = "column_twice"
    sentence = _("Two columns of the file, “%(first)s” and “%(second)s”, are both %(column)s.")


class MappingUnreadable(FileFault):
    code = "mapping_unreadable"
    sentence = _("The mapping %(path)s can't be read: %(cause)s.")


class MappingNamesUnknown(FileFault):
    code = "mapping_names_unknown"
    sentence = _("The mapping names “%(name)s”, which is no column of this import. Columns: %(known)s.")


class MappedColumnMissing(FileFault):
    code = "mapped_column_missing"
    sentence = _("The mapping expects a column “%(header)s”, which the file does not have. Its columns are: %(found)s.")


class CellFault(DomainError):
    """One cell (or row) that is refused; the file's other rows may be good."""


class CellMissing(CellFault):
    code = "missing"
    sentence = _("A value is needed here.")


class FormulaRefused(CellFault):
    code = "formula"
    sentence = _("The cell holds a formula (%(value)s); paste its value instead.")


class SpreadsheetError(CellFault):
    code = "spreadsheet_error"
    sentence = _("The cell holds a spreadsheet's error %(value)s.")


class NotWholeNumber(CellFault):
    code = "not_whole_number"
    sentence = _("“%(value)s” is not a whole number in the digits 0 to 9.")


class NotNumber(CellFault):
    code = "not_number"
    sentence = _("“%(value)s” is not a number such as 12.50.")


class NumberOutOfRange(CellFault):
    code = "number_out_of_range"
    sentence = _("%(value)s is not between %(least)s and %(most)s.")


class TooFine(CellFault):
    code = "too_fine"
    sentence = _("%(value)s has more decimals than %(currency)s has.")


class TextTooLong(CellFault):
    code = "text_too_long"
    sentence = _("The text has %(length)s characters; at most %(most)s fit.")


class TextUnprintable(CellFault):
    code = "text_unprintable"
    sentence = _("The text holds control characters.")


class NumberLostDigits(CellFault):
    code = "number_lost_digits"
    sentence = _("“%(value)s” was rounded by a spreadsheet; format the column as text and enter it again.")


class NotDate(CellFault):
    code = "not_date"
    sentence = _("“%(value)s” is not a date such as 2026-11-22.")


class NotMoment(CellFault):
    code = "not_moment"
    sentence = _("“%(value)s” is not a time such as 2026-11-22 14:30.")


class NotTimeOfDay(CellFault):
    code = "not_time_of_day"
    sentence = _("“%(value)s” is not a time of day such as 14:30.")


class NotYesNo(CellFault):
    code = "not_yes_no"
    sentence = _("“%(value)s” is neither yes nor no.")


class NotCurrency(CellFault):
    code = "not_currency"
    sentence = _("“%(value)s” is not a currency code such as USD.")


class RowBroken(CellFault):
    code = "row_broken"
    sentence = _("The row can't be split into cells: text follows a closing quotation mark.")


class RowTooWide(CellFault):
    code = "row_too_wide"
    sentence = _("The row has %(cells)s cells, the header %(columns)s.")


class DuplicateRow(CellFault):
    code = "duplicate_row"
    sentence = _("The row repeats line %(line)s.")


class RowsDisagree(CellFault):
    code = "rows_disagree"
    sentence = _("Line %(line)s says something else about the same thing.")


class GroupRefused(CellFault):
    code = "group_refused"
    sentence = _("Line %(line)s, which belongs to the same order, was refused.")


class TooManyRows(CellFault):
    code = "too_many_rows"
    sentence = _("%(rows)s rows are about the same thing; at most %(most)s may be.")
