"""CE1xx: the file cannot be read."""

from __future__ import annotations

ROWS = (
    ("CE101", "no such file", "There is no file or folder of that name.", "Check the spelling of the path."),
    (
        "CE102",
        "cannot be opened",
        (
            "The file or folder is there but cannot be read: permissions, a symbolic link that leads nowhere or in a "
            "circle, a broken disk."
        ),
        "Give the user that runs careengine the right to read it, or mend the link.",
    ),
    (
        "CE103",
        "not a file",
        "A folder, pipe, socket or device stands where a file is needed; it is not read.",
        "Name the file itself.",
    ),
    (
        "CE104",
        "not a rule file",
        "Rule files end in `.yaml`, `.yml` or `.json`.",
        "Rename `late-delivery.txt` to `late-delivery.yaml`.",
    ),
    (
        "CE105",
        "nothing to check",
        "No rule file was found. Saying that all is well would be wrong.",
        "Name a folder that holds rule files.",
    ),
    ("CE106", "too large", "A rule file holds at most 256 KB.", "Keep one policy in a file."),
    (
        "CE107",
        "not UTF-8",
        "The file is in another encoding, such as UTF-16 or Latin-1.",
        "Choose UTF-8 when saving, in the editor's `Save as`.",
    ),
    (
        "CE108",
        "hidden character",
        (
            "The text holds a character that cannot be seen and changes how the file is read: NUL and other control "
            "characters, exotic line ends, a no-break space in the indentation."
        ),
        "Delete the character and type a blank instead.",
    ),
    ("CE109", "empty file", "The file holds nothing, or only comments.", "Write a policy, or delete the file."),
    (
        "CE110",
        "cannot be read as YAML",
        "Indentation, quotes, brackets or colons do not add up.",
        'Put quotes around text that holds `: ` or starts with a sign: `title: "Refund: late parcel"`.',
    ),
    ("CE111", "a tab", "YAML is indented with blanks; a tab has no width of its own.", "Use two blanks a level."),
    (
        "CE112",
        "cannot be read as JSON",
        "A quote, comma, colon or bracket is missing or too much. JSON has no comments.",
        "Use double quotes, and no comma after the last item.",
    ),
    (
        "CE113",
        "key written twice",
        "The same key stands twice in one place; one of the two values would be lost in silence.",
        "Keep one of them.",
    ),
    (
        "CE114",
        "anchor or alias",
        "`&name` and `*name` are not read: a rule says everything where it stands.",
        "Write the value out, or put quotes around text that starts with `&` or `*`.",
    ),
    ("CE115", "merge key", "`<<` is not read: a rule says everything where it stands.", "Write the keys out."),
    (
        "CE116",
        "tag",
        "Tags such as `!!int` or `!secret` are not read.",
        'Leave the tag out, or put quotes around text that starts with `!`: `"!important"`.',
    ),
    (
        "CE117",
        "more than one document",
        "A `---` starts a second policy in the same file.",
        "Keep one policy in a file, named after its id.",
    ),
    ("CE118", "nested too deep", "Lists and keys nest deeper than 40 levels.", "Close the brackets."),
    (
        "CE119",
        "key that is not text",
        "A key is a number, true, false, nothing, a list or a group.",
        'Put quotes around it: `"1": 5.00 GBP`. Text that starts with `{` or `[` needs quotes, too.',
    ),
    (
        "CE120",
        "number with leading zeros",
        "`0010` may be an id or the number 10, and programs disagree about which.",
        'Write `"0010"` for text or `10` for the number.',
    ),
    (
        "CE121",
        "number that cannot be used",
        "The number is infinite, not a number, or larger than computers agree on (64 bits).",
        "Write a smaller number, or put quotes around a long id.",
    ),
    (
        "CE122",
        "another version of YAML",
        "The file asks for a version of YAML in which `NO` is false and `22:30` is 1350.",
        "Delete the `%YAML` line.",
    ),
    (
        "CE123",
        "changed while it was read",
        "Another program wrote to the file just then; half a policy may be a good one that says something else.",
        "Save it and check again; a running service reads it again by itself.",
    ),
    (
        "CE124",
        "too many files to look through",
        "The folders hold more than 1,000,000 files and folders, of whatever name, and so are hardly meant.",
        "Name the folder that holds the rules, not one far above it.",
    ),
)
