"""Letters of other scripts that pass for Latin ones."""

from __future__ import annotations

_DOUBLES = {
    "Cyrillic": ("аеорсухіїјѕһԁԛԝвкмнтгпиьблзщ", "aeopcyxiijshdqwbkmhtrnubbn3w"),
    "Greek": ("ωαβεικνορτυχηγσλμ", "wabeiknoptuxnyolm"),
    "Armenian": ("օսոհցե", "ounhqe"),
    "Latin": ("ɑɡıʟɴꜱʀᴀᴄᴅᴇᴏᴛᴜɩʋþɪʙɢʜᴊᴋᴍᴘᴠᴡʏᴢꜰ", "agilnsracdeotuiupibghjkmpvwyzf"),
}
_TABLE = str.maketrans({other: ours for pair in _DOUBLES.values() for other, ours in zip(*pair, strict=True)})


def latin(word: str) -> str:
    """The folded word in Latin letters when all its other letters pass for such; otherwise as it is.

    Real words of other scripts seldom turn into a word that the rules know, and those that do not mean nothing here.
    """
    changed = word.translate(_TABLE)
    return changed if changed.isascii() else word
