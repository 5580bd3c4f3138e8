"""What can be done with a procedure. Tools are held first, then the procedure, then its process: always in this order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotFound
from process.controls.domain import Content
from process.gates import repository as gates
from process.pilots import commands as pilots
from process.processes import commands as processes
from process.processes import repository as process_repository
from process.processes.domain import AiPath, Process, ProcessIsRetired
from process.rights import domain as rights
from process.rights.domain import Asker
from process.rights.repository import asker
from process.sops import repository
from process.sops.domain import Sop, SopCleared, SopEffective, SopFlagged, SopWithdrawn
from process.tools import repository as tools
from process.versions.domain import ChangeClass, Draft, Part, SopVersion

EFFECTIVE_FROM = "sop-effective-from"


async def draft_sop(
    tx: Transaction,
    *,
    caller: Caller,
    process_id: UUID,
    code: str,
    title: str,
    change_class: ChangeClass,
    content: Content,
    effective_from: datetime | None,
) -> Sop:
    """Begin a procedure of a process with its first draft (P07)."""
    process = await _process(tx, process_id)
    author = await asker(tx, caller)
    rights.must_work_in(author, process.department_id, process.owner_id, "Drafting a procedure")
    if process.retired_at is not None:
        raise ProcessIsRetired(process=process.name)
    draft = Draft(author.id, change_class, content, None, effective_from)
    change = Sop.start(new_id(), process_id, code=code, title=title, draft=draft, now=tx.now)
    return await _save(tx, None, [change])


async def draft_version(
    tx: Transaction,
    *,
    caller: Caller,
    sop_id: UUID,
    number: int | None,
    change_class: ChangeClass,
    content: Content,
    fallback_version: int | None,
    effective_from: datetime | None,
) -> Sop:
    """Write the next version of a procedure, or with a number revise that draft (P07)."""
    sop = await repository.get_for_update(tx, sop_id)
    process = await _process(tx, sop.process_id)
    author = await asker(tx, caller)
    rights.must_work_in(author, process.department_id, process.owner_id, "Drafting a procedure")
    draft = Draft(author.id, change_class, content, fallback_version, effective_from)
    change = sop.draft(draft, tx.now) if number is None else sop.revise(number, draft)
    return await _save(tx, sop, [change])


async def submit_sop_version(tx: Transaction, *, caller: Caller, sop_id: UUID, number: int) -> Sop:
    """Ask for approval; refused while a step done by AI lacks a control (P08)."""
    sop = await repository.get_for_update(tx, sop_id)
    process = await _process(tx, sop.process_id)
    by = await asker(tx, caller)
    if by.id != sop.get(number).draft.author_id:
        rights.must_change(by, process.department_id, process.owner_id, "Submitting somebody else's draft")
    return await _save(tx, sop, [sop.submit(number, by.id, tx.now)])


async def approve_sop_version(tx: Transaction, *, caller: Caller, sop_id: UUID, number: int) -> Sop:
    """Give one of the two signatures. With both the version is approved, and effective at once when its day has come."""
    known = await tools.held(tx, await repository.tools_of(tx, sop_id))
    sop = await repository.get_for_update(tx, sop_id)
    process = await _process(tx, sop.process_id)
    by = await asker(tx, caller)
    may_give = _parts(by, process, sop.get(number))
    if not may_give:
        raise rights.approval_refusal(process.department_id, process.owner_id)
    changes = [sop.approve(number, by.id, may_give, tx.now)]
    after = changes[-1].after
    changes += after.weigh(known)
    after = changes[-1].after
    if after.may_become_effective(number, known, tx.now):
        changes.append(after.make_effective(number, known, tx.now))
    saved = await _save(tx, sop, changes)
    await _remind(tx, saved, number)
    return saved


async def make_sop_version_effective(
    tx: Transaction, *, caller: Caller, sop_id: UUID, number: int, effective_from: datetime | None
) -> Sop:
    """Have people follow an approved version from now on, or from a moment to come (P07)."""
    known = await tools.held(tx, await repository.tools_of(tx, sop_id))
    sop = await repository.get_for_update(tx, sop_id)
    process = await _process(tx, sop.process_id)
    rights.must_change(
        await asker(tx, caller), process.department_id, process.owner_id, "Putting a procedure into force"
    )
    if effective_from is not None and effective_from > tx.now:
        saved = await _save(tx, sop, [sop.schedule(number, effective_from)])
        await _remind(tx, saved, number)
        return saved
    return await _save(tx, sop, [sop.make_effective(number, known, tx.now)])


async def withdraw_sop_version(tx: Transaction, *, caller: Caller, sop_id: UUID, number: int, reason: str) -> Sop:
    """Take a version back."""
    sop = await repository.get_for_update(tx, sop_id)
    process = await _process(tx, sop.process_id)
    by = await asker(tx, caller)
    version = sop.get(number)
    if version.approved_at is not None or by.id != version.draft.author_id:
        rights.must_withdraw(by, process.department_id, process.owner_id)
    return await _save(tx, sop, [sop.withdraw(number, by.id, reason, tx.now)])


async def weigh_tool(tx: Transaction, tool_id: UUID) -> None:
    """The standing of a tool changed: flag or clear what needs it, and put into force what only waited for it (P18)."""
    sops = await repository.using_for_update(tx, tool_id)
    known = await tools.by_id(
        tx, list({id for sop in sops for version in sop.versions for id in version.content.tools})
    )
    changed: list[tuple[Sop | None, Sequence[Change[Sop]]]] = []
    for sop in sops:
        changes = sop.weigh(known)
        after = changes[-1].after if changes else sop
        due_now = [
            version.number for version in after.versions if after.may_become_effective(version.number, known, tx.now)
        ]
        if due_now:
            changes.append(after.make_effective(due_now[-1], known, tx.now))
        changed.append((sop, changes))
    await _save_many(tx, changed)


async def come_into_force(tx: Transaction, sop_id: UUID, number: int) -> None:
    """The moment of an approved version has come. While a tool it needs may not be used it waits, flagged."""
    known = await tools.held(tx, await repository.tools_of(tx, sop_id))
    sop = await repository.get_for_update(tx, sop_id)
    if sop.may_become_effective(number, known, tx.now):
        await _save(tx, sop, [sop.make_effective(number, known, tx.now)])


def _parts(by: Asker, process: Process, version: SopVersion) -> frozenset[Part]:
    """The signatures that a person may give. Where the owner wrote the version or is vacant, the department's leader
    signs for the owner."""
    parts = set()
    unable = process.owner_id is None or process.owner_id == version.draft.author_id
    if by.id == process.owner_id or (unable and by.leads(process.department_id)):
        parts.add(Part.OWNER)
    if by.owns_controls:
        parts.add(Part.CONTROL)
    return frozenset(parts)


async def _process(tx: Transaction, process_id: UUID) -> Process:
    process = await process_repository.get(tx, process_id)
    if process is None:
        raise NotFound(what="process", id=str(process_id))
    return process


async def _remind(tx: Transaction, sop: Sop, number: int) -> None:
    """Come back when an approved version's moment comes."""
    moment = sop.get(number).draft.effective_from
    if moment is not None and moment > tx.now:
        await due.at(tx, EFFECTIVE_FROM, f"{sop.id}/{number}", moment)


async def _save(tx: Transaction, before: Sop | None, changes: Sequence[Change[Sop]]) -> Sop:
    await _save_many(tx, [(before, changes)])
    return changes[-1].after


async def _save_many(tx: Transaction, changed: Sequence[tuple[Sop | None, Sequence[Change[Sop]]]]) -> None:
    """Write the procedures, and take their processes to the status that follows."""
    await repository.save_many(tx, changed)
    touched = {
        changes[-1].after.process_id
        for before, changes in changed
        if changes and changes[-1].after.ai_path is not (before.ai_path if before else AiPath.NONE)
    }
    if touched:
        paths = await repository.ai_paths(tx, touched)
        await processes.follow(tx, {id: AiPath.strongest(found) for id, found in paths.items()})
    await _tell_pilots(tx, [change for _, changes in changed for change in changes])


async def _tell_pilots(tx: Transaction, changes: Sequence[Change[Sop]]) -> None:
    """What may be followed is an item of the go-live gate of pilots."""
    follows = [change for change in changes if isinstance(change.because, _WHAT_MAY_BE_FOLLOWED)]
    if not follows:
        return
    effective = [
        (change.after.id, change.after.version, change.because.version)
        for change in follows
        if isinstance(change.because, SopEffective)
    ]
    await gates.keep_effectiveness(tx, effective)
    await pilots.weigh_processes(tx, list({change.after.process_id for change in follows}))


_WHAT_MAY_BE_FOLLOWED = (SopEffective, SopWithdrawn, SopFlagged, SopCleared)
