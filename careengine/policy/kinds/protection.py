"""Reads the blocks of a protection: support, alert, flag, and what is put to people with all that due process asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.messages import compiled
from careengine.messages.notices import LANGUAGES
from careengine.messages.params import NOTICE
from careengine.messages.shown import locale_of
from careengine.model.pointer import join
from careengine.model.protection import EXCLUSIONS, NOTICE_PARTS, Alert, Appeal, Flag, Protection
from careengine.model.value import say_duration
from careengine.policy.kinds.ladder import LadderReader
from careengine.policy.kinds.restriction import read_restriction
from careengine.policy.message import read_message
from careengine.policy.suggest import one_of
from careengine.policy.values import read_duration
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue
    from careengine.model.protection import Restriction
    from careengine.policy.findings import Findings

_PROTECTS = ("support", "alert", "flag", "restrict", "ladder")


def read(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> Protection:
    """What a protection does. What is wrong is reported; the result then is of no use."""
    return ProtectionReader(findings, catalogue, raw).protection()


@dataclass(frozen=True, slots=True)
class ProtectionReader:
    """Reads the blocks of one policy."""

    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]

    def protection(self) -> Protection:
        """`support`, `alert`, `flag`, `restrict` or `ladder`, and what goes with the last two."""
        if not any(name in self.raw or f"/{name}" in self.findings.meant for name in _PROTECTS):
            message = "a protection policy that does nothing protects nobody"
            self.findings.add("CE314", "/kind", message, f"add {one_of(_PROTECTS)}")
        made = Protection(
            support=tuple(self.raw.get("support", ())) if self.findings.clean("/support") else (),
            away_for=self._away_for(),
            alert=self._alert(),
            flag=self._flag(),
            restrict=self._restriction(),
            ladder=LadderReader(self.findings, self.catalogue, self.raw).rungs(),
            exclusions=tuple(self.raw.get("exclusions", ())) if self.findings.clean("/exclusions") else (),
            appeal=self._appeal(),
            notice=read_message(self.findings, self.catalogue, "/notice", self.raw.get("notice"), NOTICE),
        )
        self._check_process(made)
        return made

    def _away_for(self) -> timedelta | None:
        if "away_for" in self.raw and "route_away" not in self.raw.get("support", ()):
            message = "`away_for` says for how long, but `route_away` is not among the support"
            self.findings.add("CE314", "/away_for", message, "add `route_away` to `support`", at_key=True)
        return read_duration(self.findings, "/away_for", self.raw.get("away_for"))

    def _alert(self) -> Alert | None:
        block, usable = self._block("alert")
        within = read_length(self.findings, "/alert", block, "within")
        return Alert(to=block["to"], within=within, calendar=block.get("calendar")) if usable else None

    def _flag(self) -> Flag | None:
        block, usable = self._block("flag")
        within = read_length(self.findings, "/flag", block, "within")
        return Flag(review_by=block["review_by"], within=within, calendar=block.get("calendar")) if usable else None

    def _appeal(self) -> Appeal | None:
        block, usable = self._block("appeal")
        within, answer = self._duration("appeal", "within"), self._duration("appeal", "answer_within")
        if not usable or within is None:
            return None
        address = block.get("address", "").strip()
        return Appeal(within=within, decided_by=block["decided_by"], address=address, answer_within=answer)

    def _restriction(self) -> Restriction | None:
        block, usable = self._block("restrict")
        for other in ("restrict", "table"):
            if "ladder" in self.raw and other in self.raw:
                message = f"`{other}` beside a `ladder`: only one of them can say what is proposed"
                self.findings.add("CE369", f"/{other}", message, "make it steps of the ladder", at_key=True)
        return read_restriction(self.findings, block, "/restrict") if usable else None

    def _check_process(self, made: Protection) -> None:
        """What every restriction carries: exclusions, a notice, a way to appeal, and a decider of its own."""
        steps = [("/restrict", made.restrict), *((rung.pointer, rung.restrict) for rung in made.ladder)]
        asked = [(pointer, step) for pointer, step in steps if step]
        if not asked:
            return
        place = "/restrict" if made.restrict else "/ladder"
        self._check_exclusions(place)
        if self._check_missing("appeal", "CE366", place, "nobody could contest it", _ALL_APPEAL):
            self._check_address()
        self._check_notice(place)
        self._check_answer(made, [step for _, step in asked])
        reviewer = made.flag.review_by if made.flag else ""
        for pointer, step in asked:
            if step.decided_by == reviewer:
                message = f"`{reviewer}` reviews the conduct, and so does not decide what follows from it"
                self.findings.add("CE364", f"{pointer}/decided_by", message, "let another role decide")

    def _check_exclusions(self, place: str) -> None:
        if self._check_missing("exclusions", "CE365", place, "nobody is left out of it", _ALL_EXCLUSIONS):
            lacking = [name for name in EXCLUSIONS if name not in self.raw["exclusions"]]
            if lacking:
                message = f"the exclusions lack {one_of(lacking)}"
                self.findings.add("CE365", "/exclusions", message, _ALL_EXCLUSIONS)

    def _check_answer(self, made: Protection, asked: Sequence[Restriction]) -> None:
        """Who contests a restriction hears before it is over. To contest it for longer than it lasts does no harm."""
        answer = made.appeal.answer_within if made.appeal else None
        short = next((step for step in asked if answer and step.expires <= answer), None)
        if short:
            message = f"`{short.step}` ends after {say_duration(short.expires)}, before anybody must answer an appeal"
            self.findings.add("CE366", "/appeal/answer_within", message, "answer sooner, or let it last longer")

    def _check_notice(self, place: str) -> None:
        if not self._check_missing("notice", "CE367", place, "the customer would not be told", _ALL_PARTS):
            return
        texts = self.raw["notice"] if isinstance(self.raw["notice"], dict) else {"": self.raw["notice"]}
        for language, text in texts.items():
            self._check_language(language)
            named = (one for found in compiled(text).analyze().globals.values() for one in found)
            said = {".".join(map(str, variable.segments)) for variable in named}
            lacking = [f"notice.{part}" for part in NOTICE_PARTS if f"notice.{part}" not in said]
            if lacking:
                pointer = join("/notice", language) if language else "/notice"
                self.findings.add("CE367", pointer, f"the notice does not say {one_of(lacking)}", _ALL_PARTS)

    def _check_address(self) -> None:
        """Whether a customer is told where to write to; rules that decided before may not have said it."""
        if "address" not in self.raw["appeal"] and not self.findings.kept:
            message = "the customer is not told where to write to"
            self.findings.add("CE366", "/appeal", message, "add `address: appeals@example.com`, with your own")

    def _check_language(self, language: str) -> None:
        """Whether our own words of a notice are there in the language of one of its texts; a single one is English."""
        spoken = locale_of(language)
        if spoken is not None and spoken.language not in LANGUAGES and not self.findings.kept:
            message = f"our parts of a notice, such as `notice.kept`, are not there in `{language}`"
            hint = f"write it in {one_of(LANGUAGES)}"
            self.findings.add("CE367", join("/notice", language), message, hint, at_key=True)

    def _check_missing(self, key: str, code: str, place: str, why: str, hint: str) -> bool:
        """Whether a block that must be there is there and can be looked into; told at `place` when it is not."""
        if key in self.raw:
            return self.findings.clean(f"/{key}")
        if f"/{key}" not in self.findings.meant:
            self.findings.add(code, place, f"a restriction without `{key}:`: {why}", hint, at_key=True)
        return False

    def _block(self, name: str) -> tuple[Mapping[str, Any], bool]:
        """A block of keys, and whether it is there with nothing wrong in it so far."""
        block = self.raw.get(name)
        if not isinstance(block, dict):
            return {}, False
        return block, self.findings.clean(f"/{name}")

    def _duration(self, block: str, key: str) -> timedelta | None:
        return read_duration(self.findings, f"/{block}/{key}", self._block(block)[0].get(key))


_ALL_EXCLUSIONS = f"write `exclusions: [{', '.join(EXCLUSIONS)}]`"
_ALL_APPEAL = "say `within`, `decided_by` and `address`"
_ALL_PARTS = f"say {', '.join(f'`{{{{ notice.{part} }}}}`' for part in NOTICE_PARTS)}"
