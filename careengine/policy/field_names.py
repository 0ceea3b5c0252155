"""Finds the field that a test names, or says which one was most likely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.policy.suggest import close_to, shown

if TYPE_CHECKING:
    from careengine.model.catalogue import Catalogue, Field
    from careengine.policy.findings import Findings


def find_field(findings: Findings, catalogue: Catalogue, path: Any, pointer: str) -> Field | None:
    """The field of a path; None when there is none, which is reported."""
    if not isinstance(path, str) or not findings.clean(pointer):
        return None
    field = catalogue.get(path)
    if field is None:
        findings.add("CE302", pointer, f"unknown field {shown(path)}", meant(catalogue, path))
    return field


# Policies of these kinds say what a customer is owed or given for a failure.
OWING = ("recovery", "entitlement")


def refuse_conduct(findings: Findings, what: str, pointer: str) -> None:
    """Law 3: remedy and conduct are separate tracks."""
    if what == "incidents" or what.startswith("incident."):
        message = f"what puts a failure right does not look at `{what}`: what is owed does not depend on conduct"
        findings.add("CE315", pointer, message, "put it into a protection policy")


def meant(catalogue: Catalogue, path: str) -> str:
    """A suggestion for the path of a field that there is not; empty when nothing is near."""
    if path.startswith("signals."):
        return "a signal is named `signals.<plugin>.<name>`"
    if inside := [name for name in catalogue.fields if name.startswith(f"{path}.")]:
        return f"name one of its fields, such as `{inside[0]}`"
    if path.startswith("custom."):
        best = close_to(path, [name for name in catalogue.fields if name.startswith("custom.")])
        return f"did you mean `{best}`?" if best else "declare it in the site's own fields"
    # People leave out the group (`tier`) or take the wrong one (`customer.days_late`).
    last = path.rpartition(".")[2]
    same_end = [name for name in catalogue.fields if name.rpartition(".")[2] == last]
    best = same_end[0] if len(same_end) == 1 else close_to(path, catalogue.fields)
    return f"did you mean `{best}`?" if best else ""
