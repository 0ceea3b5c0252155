"""Builds what a policy does when it matches: the blocks of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.messages.params import OFFER
from careengine.model.pointer import join
from careengine.model.policy import ENTITLEMENT, SPEAKING, AmountBy, Escalation, Offer, Recovery
from careengine.policy.field_names import find_field, refuse_conduct
from careengine.policy.message import read_message
from careengine.policy.operand import TYPES
from careengine.policy.suggest import did_you_mean, one_of, shown
from careengine.policy.values import read_duration, read_money
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue, Field
    from careengine.model.message import Message
    from careengine.model.value import Money
    from careengine.policy.findings import Findings

_DECIDING = ("text", "category", "integer", "boolean", "signal")


@dataclass(frozen=True, slots=True)
class OutcomeReader:
    """Reads the blocks of one policy's kind. What is wrong is reported; the result then is of no use."""

    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]

    def recovery(self) -> Recovery:
        """`steps`, `offer` and `lead`."""
        steps = self.raw.get("steps", ())
        self._check_offer_step()
        return Recovery(
            steps=tuple(steps) if self.findings.clean("/steps") else (),
            offer=self._offer() if "offer" in self.raw else None,
            lead=self.raw.get("lead"),
            message=self._message(),
        )

    def escalation(self) -> Escalation | None:
        """`escalate`."""
        block, usable = self._block("escalate")
        response, update = self._length("escalate", "respond_within"), self._length("escalate", "next_update")
        if not usable:
            return None
        return Escalation(
            to=block["to"],
            level=int(block["level"]),
            priority=block.get("priority"),
            respond_within=response,
            next_update=update,
            hand_over=block.get("hand_over"),
            calendar=block.get("calendar"),
            lock_owner=block.get("lock_owner", {}).get("lifted_by", ""),
        )

    def _check_offer_step(self) -> None:
        steps, clean = self.raw.get("steps"), self.findings.clean
        if not isinstance(steps, list) or not clean("/steps") or not clean("/offer"):
            return
        if "offer" in steps and "offer" not in self.raw and "/offer" not in self.findings.meant:
            pointer = f"/steps/{steps.index('offer')}"
            self.findings.add("CE313", pointer, "the step `offer` needs an `offer:` block", "say what is offered")
        elif "offer" in self.raw and "offer" not in steps:
            hint = "add `offer` to `steps`, or delete the block"
            self.findings.add("CE313", "/offer", "`offer` is not among the steps", hint, at_key=True)

    def _message(self) -> Message | None:
        if "message" not in self.raw:
            return None
        steps = self.raw.get("steps")
        if self.findings.clean("/steps") and isinstance(steps, list) and not SPEAKING.intersection(steps):
            message = "no step speaks to the customer, so nobody would send the message"
            self.findings.add("CE387", "/message", message, f"add {one_of(sorted(SPEAKING))} to `steps`", at_key=True)
        offers = "offer" in self.raw or "/offer" in self.findings.meant
        return read_message(self.findings, self.catalogue, "/message", self.raw["message"], OFFER if offers else {})

    def _offer(self) -> Offer | None:
        block, _ = self._block("offer")
        amount = self._amount(block.get("amount"))
        expires = self._duration("offer", "expires")
        if amount is None or not self.findings.clean("/offer"):
            return None
        family = block.get("family", ENTITLEMENT)  # only an entitlement may leave it out
        if self.raw.get("kind") == ENTITLEMENT and family != ENTITLEMENT:
            message = f"`{family}` is given, and what this policy offers is owed"
            self.findings.add("CE346", "/offer/family", message, "delete the key, or write `kind: recovery`")
        return Offer(family=family, amount=amount, expires=expires, approver=block.get("approver"))

    def _amount(self, raw: Any) -> Money | AmountBy | None:
        if not isinstance(raw, dict):
            return read_money(self.findings, "/offer/amount", raw)
        field = find_field(self.findings, self.catalogue, raw.get("by"), "/offer/amount/by")
        if field is None:
            return None
        refuse_conduct(self.findings, field.path, "/offer/amount/by")
        amounts = {}
        for key, money in raw.items():
            pointer = join("/offer/amount", key)
            if key != "by":
                self._check_value(field, key, pointer)
                amounts[key] = read_money(self.findings, pointer, money)
        if field.type not in _DECIDING:
            message = f"`{field.path}` is {TYPES[field.type]} and cannot decide an amount"
            self.findings.add("CE316", "/offer/amount/by", message, f"name a field of the type {one_of(_DECIDING)}")
        good = {key: money for key, money in amounts.items() if money is not None}
        return AmountBy(field=field.path, amounts=good) if len(good) == len(amounts) else None

    def _check_value(self, field: Field, key: str, pointer: str) -> None:
        allowed = ("true", "false") if field.type == "boolean" else field.allowed
        whole = field.type == "integer"
        if whole and key.isascii() and key.isdigit() and str(int(key[:20])) == key:
            least, most = field.minimum, field.maximum
            good = (least is None or int(key) >= least) and (most is None or int(key) <= most)
            if good:
                return
            hint = f"it goes from {least} to {most}" if least is not None and most is not None else ""
        elif whole:
            hint = "it is a whole number"
        elif not allowed or key in allowed:
            return
        else:
            hint = did_you_mean(key, allowed)
        self.findings.add("CE305", pointer, f"`{field.path}` is never {shown(key)}", hint, at_key=True)

    def _block(self, name: str) -> tuple[Mapping[str, Any], bool]:
        """A block of keys, and whether it is there with nothing wrong in it so far."""
        block = self.raw.get(name)
        if not isinstance(block, dict):
            return {}, False
        return block, self.findings.clean(f"/{name}")

    def _length(self, block: str, key: str) -> timedelta | None:
        """A duration that may be one of working time."""
        return read_length(self.findings, f"/{block}", self._block(block)[0], key)

    def _duration(self, block: str, key: str) -> timedelta | None:
        return read_duration(self.findings, f"/{block}/{key}", self._block(block)[0].get(key))
