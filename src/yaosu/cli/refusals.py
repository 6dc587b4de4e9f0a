"""Why the command line says no: files that are not what they should be."""

from yaosu.kernel.refusal import declare

declare(
    {
        "cli.needs_journal": (
            "yaosu {word} does not work through a server: {why}",
            "do it otherwise: {instead}",
        ),
        "cli.file_missing": (
            "there is no file {path}",
            "check the path, or list the folder",
        ),
        "cli.bad_command": (
            "{path} holds no command: {reason}",
            "write one JSON object with command, actor and the fields its reference page names",
        ),
        "cli.bad_pair": (
            "{text!r} is not NAME=VALUE",
            "write the name, an equals sign and the value, such as plot_m2=9000",
        ),
        "cli.not_proposed": (
            "{command} is not proposed: the rules in force want no second person for it",
            "ask it without --propose",
        ),
        "cli.not_adopted": (
            "{name} is nothing that a venue adopts",
            "name a shelf and what stands on it, such as factors/land; shelves: {shelves}",
        ),
        "cli.no_institution": (
            "nothing that is shipped is called {name}",
            "yaosu institutions list tells what there is",
        ),
        "cli.which_institution": (
            "{name} stands on more than one shelf: {shelves}",
            "say which, such as regions/{name}",
        ),
        "cli.cannot_listen": (
            "{address} cannot be listened at: {reason}",
            "choose another port with --listen, or stop what holds this one",
        ),
        "cli.chunks_by_call": (
            "a book in chunks is priced by call, not by {mechanism}",
            "give a file of CSV, or one Parquet file with a larger --chunk-rows",
        ),
        "cli.one_right": (
            "{count} rights stand on {name}; a drawing shows one",
            "name a right",
        ),
        "cli.nothing_then": (
            "{path} has no entry up to {at}",
            "give a later instant",
        ),
        "cli.no_links_here": (
            "the mechanism {mechanism} has no links between regions",
            "leave --network out",
        ),
        "cli.no_table": (
            "{path} holds no table {table}",
            "put {table}.csv or {table}.parquet into that folder",
        ),
        "cli.package_twice": (
            "package {package} stands twice, again in line {line} of {path}",
            "give each package a name of its own",
        ),
        "cli.no_such_package": (
            "line {line} of {path} is a leg of package {package}, which is not there",
            "give the package a row in the table of packages",
        ),
        "cli.mechanism_from_python": (
            "orders in files are cleared by {known}, not by {mechanism}",
            "leave --mechanism out, or name one of these; other orders are taken from Python "
            "(ys.clear, ys.clear_blocks)",
        ),
        "cli.no_such_entry": (
            "there is no entry {first} in {path}: it has {size}, counted from 0",
            "begin earlier, or leave --from out",
        ),
        "cli.folder_in_use": (
            "{path} is no folder of an earlier replay: {name} lies there",
            "name another folder, or one that is empty",
        ),
        "cli.no_folder": (
            "there is no folder {path}",
            "make it first, or name the file that is to be made",
        ),
        "cli.is_a_folder": (
            "{path} is a folder, not a file",
            "name the file inside it",
        ),
        "cli.not_a_file": (
            "{path} is no place for a file",
            "name a file or a folder; to copy into a server use yaosu copy",
        ),
        "cli.not_a_folder": (
            "{path} is not a folder",
            "name the folder that holds scenario.toml",
        ),
        "cli.cannot_read": (
            "{path} cannot be read: {reason}",
            "check that the file may be read by you",
        ),
        "cli.cannot_write": (
            "{path} cannot be written: {reason}",
            "choose another folder with --out, or free the place",
        ),
        "cli.file_exists": (
            "{path} is there already",
            "name another file, or put this one away first",
        ),
        "cli.disk_full": (
            "the disk is full while writing {path}; nothing half-written was left",
            "free some space and run the same command again",
        ),
        "cli.file_empty": (
            "{path} is empty",
            "the first line names the columns, one row follows on each line",
        ),
        "cli.not_text": (
            "{path} is not text in UTF-8",
            "save it as text in UTF-8; a table may also be Parquet, with the ending .parquet",
        ),
        "cli.unknown_format": (
            "{path} ends in neither .csv, .csv.gz nor .parquet",
            "give the file the ending of its format",
        ),
        "cli.bad_csv": (
            "line {line} of {path} cannot be read: {reason}",
            "correct the line; fields are separated by commas",
        ),
        "cli.bad_parquet": (
            "{path} is not a whole Parquet file: {reason}",
            "write it again, or give CSV",
        ),
        "cli.bad_gzip": (
            "{path} is not a whole gzip file: {reason}",
            "compress it again, or give plain CSV",
        ),
        "cli.no_wrapping_key": (
            "{path} is wrapped, and no wrapping key was named",
            "name its file with --wrapping-key, or set YAOSU_WRAPPING_KEY",
        ),
        "cli.missing_column": (
            "{path} has no column {column}; it has {columns}",
            "name the columns in the first line; the reference page lists them",
        ),
        "cli.unknown_column": (
            "{path} has a column {column} that means nothing here",
            "leave it out; known are {known}",
        ),
        "cli.duplicate_column": (
            "{path} names the column {column} twice",
            "keep one of them",
        ),
        "cli.fields_in_row": (
            "line {line} of {path} has {fields} fields, the first line has {expected}",
            "a cut-off line or a comma too many; correct the line",
        ),
        "cli.missing_value": (
            "{column} in line {line} of {path} is missing",
            "fill it, or leave the line out",
        ),
        "cli.not_a_number": (
            "{column} in line {line} of {path} is {value!r}, not a number",
            "write a decimal number with a point, such as 12.50",
        ),
        "cli.not_a_side": (
            "{column} in line {line} of {path} is {value!r}, neither buy nor sell",
            "write buy or sell (or 1 and -1)",
        ),
        "cli.not_a_multiple": (
            "{column} in line {line} of {path} is {value}, not a whole multiple of {unit}",
            "correct the number, or give a finer {option}",
        ),
        "cli.bad_unit": (
            "{option} is {value!r}, not a number above zero",
            "give a decimal number, such as 0.01",
        ),
        "cli.number_too_large": (
            "{column} in line {line} of {path} is {value}, beyond 64 bits in units of {unit}",
            "use a larger measurement unit",
        ),
        "cli.bad_toml": (
            "{path} is not valid TOML: {reason}",
            "correct the line it names",
        ),
        "cli.bad_scenario": (
            "{path} is not a scenario: {reason}",
            "compare it with the reference page of scenarios",
        ),
        "cli.not_as_expected": (
            "line {line} of {path} is {found}, expected is {expected}",
            "find out what changed; if the change is meant, copy the file to expected/",
        ),
        "cli.not_ours": (
            "{path} is a journal of something else than an earlier run of this scenario",
            "choose another folder with --out, or move the journal away",
        ),
        "cli.story_failed": (
            "{path} failed: {reason}",
            "correct the story; it is run as part of the scenario",
        ),
        "cli.cluster_unreachable": (
            "no scheduler answers at {address}: {reason}",
            "start one (dask scheduler), or leave --cluster out to run here",
        ),
        "cli.unknown_command": (
            "{command} is not a command",
            "the reference page of commands lists them all",
        ),
        "cli.bad_step": (
            "{where} does not fit its command: {reason}",
            "compare its fields with the reference page of the command",
        ),
        "cli.step_refused": (
            "{where} was refused: {refusal}",
            "correct the step, or say that it is to be refused with refused = the code",
        ),
        "cli.step_not_refused": (
            "{where} was accepted, but is to be refused with {expected}",
            "correct the step or take refused out",
        ),
    }
)
