"""Why a table, or a row of it, is not taken in."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "workers.import_no_table": (
            "{path} is no table to move in with",
            "name files or sheets after the templates: {known}; or say in the map which is which",
        ),
        "workers.import_table_twice": (
            "table {table} stands in {path} and in {other}",
            "give each table once",
        ),
        "workers.import_bad_map": (
            "the map {path} cannot be used: {reason}",
            "see the reference of the templates for what a map says",
        ),
        "workers.import_bad_register": (
            "{path} is no register file: {reason}",
            "give one that yaosu export --register wrote, or tables",
        ),
        "workers.import_unknown_column": (
            "column {column!r} of {table} in {path} has no meaning",
            "rename it as in the template, map it, or list it under ignore in the map",
        ),
        "workers.import_column_twice": (
            "column {column} of {table} stands twice in {path}",
            "leave one of them out",
        ),
        "workers.import_column_missing": (
            "table {table} in {path} has no column {column}",
            "add the column, map another one to it, or fix its value in the map",
        ),
        "workers.import_not_text": (
            "{path} is not text in {encoding}",
            "save it as CSV in UTF-8, or name its encoding (--encoding)",
        ),
        "workers.import_bad_workbook": (
            "{path} is no workbook that can be read: {reason}",
            "save it again as .xlsx, without a password, or as CSV",
        ),
        "workers.import_unpacks_too_large": (
            "{path} would unpack to {bytes} bytes, above {limit}",
            "split the table, or give it as CSV",
        ),
        "workers.import_too_many": (
            "{table} in {path} has more than {limit} {what}",
            "split the table into files below the limit",
        ),
        "workers.import_cell_missing": (
            "{column} is empty",
            "fill it in",
        ),
        "workers.import_cell_wrong": (
            "{column} is {value!r}: {reason}",
            "correct the cell",
        ),
        "workers.import_cell_too_long": (
            "{column} has {characters} characters, above {limit}",
            "shorten the cell",
        ),
        "workers.import_formula": (
            "{column} is a formula",
            "copy the column and paste it as values: what a formula shows may change",
        ),
        "workers.import_row_uneven": (
            "the row has {fields} cells where the head has {expected}",
            "quote cells that hold commas or line breaks",
        ),
        "workers.import_unit_missing": (
            "unit {unit} has no row in the table of units",
            "add the unit, or give factor, region and quantity with the right",
        ),
        "workers.import_unit_refused": (
            "the row of unit {unit} in the table of units was refused",
            "correct that row first",
        ),
        "workers.import_unit_twice": (
            "unit {unit} has a row before, in line {line}",
            "leave one of the rows out",
        ),
        "workers.import_unit_unused": (
            "no right names unit {unit}",
            "add its right: a unit is registered with its first right",
        ),
        "workers.import_holders_differ": (
            "the row says another {column} than line {line}, which begins unit {unit}",
            "give holders of one unit the same factor, region, quantity, term, scope and source",
        ),
        "workers.import_no_asker": (
            "nobody is named to ask for {table}",
            "say who moves the tables in, a registrar or an operator (--as PARTY)",
        ),
    }
)
