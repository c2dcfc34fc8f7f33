#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the states of the worlds `res` and `res2` (worlds.cc) by a model of pages as mere numbers.

usage: count_states.py WORLD [WAITING]    prints the number; at most WAITING calls wait, 3 unless told

Pages have no names here, so their permutations are one state from the start. A call that scrubs may
wait between its two events, each on a CPU of its own: of the machine's four one makes the other calls.
"""
import sys
from typing import NamedTuple

FREE, LIVE, DYING = "FREE", "LIVE", "DYING"
ABSENT, POISON, OWNED, SHARED, LENT, BORROWED = "absent", "poison", "owned", "shared", "lent", "borrowed"
VM_PAGES = 3      # metadata and root, of vm_create
TABLES_OF_A_GFN = 2


class Vm(NamedTuple):
    gfns: tuple
    protected: bool
    phase: str = FREE
    tables: int = 0      # pages donated
    vcpu: int = 0        # its page
    run: int = 0         # its run page, shared with EL2 and pinned
    waits: bool = False  # the guest, in a relinquish

    def with_gfn(self, i, value):
        return self._replace(gfns=self.gfns[:i] + (value,) + self.gfns[i + 1:])

    def is_empty(self):
        return all(gfn == ABSENT for gfn in self.gfns)


class State(NamedTuple):
    vms: tuple
    private: int
    shared: int = 0   # with EL2
    parked: int = 0
    calls: tuple = ()  # pages that each call under way scrubs


def host_calls(state):
    """What no VM has to do with: (state, pages that the call scrubs)."""
    if state.private:
        yield state._replace(private=state.private - 1, shared=state.shared + 1), 0
        yield state._replace(private=state.private - 1, parked=state.parked + 1), 0
    if state.shared:
        yield state._replace(private=state.private + 1, shared=state.shared - 1), 0
    if state.parked:
        yield state._replace(parked=state.parked - 1), 1


def live_calls(vm, state):
    """(VM, private pages that it takes, shared ones, pages scrubbed)."""
    if state.private:
        yield vm._replace(tables=vm.tables + 1), 1, 0, 0
        if state.shared and not vm.vcpu:
            yield vm._replace(vcpu=1, run=1), 1, 1, 0
    if not vm.waits:
        yield vm._replace(phase=DYING, run=0), 0, -vm.run, 0
    has_tables = not vm.is_empty() or vm.tables >= TABLES_OF_A_GFN
    for i, gfn in enumerate(vm.gfns):
        if gfn == ABSENT and state.private and has_tables:
            for kind in (OWNED, LENT) if vm.protected else (BORROWED,):
                yield vm.with_gfn(i, kind), 1, 0, 0
        if gfn == BORROWED:
            yield vm.with_gfn(i, ABSENT), -1, 0, 0
        if gfn in (OWNED, LENT):
            yield vm.with_gfn(i, POISON), 0, 0, 1
        if vm.vcpu and not vm.waits and gfn in (OWNED, SHARED):
            yield vm.with_gfn(i, SHARED if gfn == OWNED else OWNED), 0, 0, 0


def dying_calls(vm):
    """As live_calls."""
    for i, gfn in enumerate(vm.gfns):
        if gfn in (OWNED, LENT):
            yield vm.with_gfn(i, POISON), 0, 0, 1
        if gfn in (OWNED, LENT, SHARED):
            yield vm.with_gfn(i, ABSENT), 0, 0, 1
        if gfn == BORROWED:
            yield vm.with_gfn(i, ABSENT), -1, 0, 0
        if gfn == POISON:
            yield vm.with_gfn(i, ABSENT), 0, 0, 0
    if not vm.is_empty():
        return
    if vm.tables:
        yield vm._replace(tables=vm.tables - 1), 0, 0, 1
    if vm.vcpu:
        yield vm._replace(vcpu=0), 0, 0, 1
    if not vm.tables and not vm.vcpu:
        yield vm._replace(phase=FREE), 0, 0, VM_PAGES


def vm_calls(state):
    """As host_calls."""
    for k, vm in enumerate(state.vms):
        if vm.phase == FREE:
            steps = [(vm._replace(phase=LIVE), VM_PAGES, 0, 0)] if state.private >= VM_PAGES else []
        else:
            steps = live_calls(vm, state) if vm.phase == LIVE else dying_calls(vm)
        for after, private, shared, scrubbed in steps:
            yield state._replace(vms=state.vms[:k] + (after,) + state.vms[k + 1:],
                                 private=state.private - private, shared=state.shared - shared), scrubbed


def relinquishes(state, may_wait):
    """The guest waits on its CPU until the page is scrubbed, or does not."""
    for k, vm in enumerate(state.vms):
        def put(after, private):
            return state._replace(vms=state.vms[:k] + (after,) + state.vms[k + 1:], private=state.private + private)
        if vm.waits:
            yield put(vm._replace(waits=False), 1)
        elif vm.phase == LIVE and vm.vcpu:
            for i, gfn in enumerate(vm.gfns):
                if gfn in (OWNED, LENT):
                    yield put(vm.with_gfn(i, ABSENT), 1)
                    if may_wait:
                        yield put(vm.with_gfn(i, ABSENT)._replace(waits=True), 0)


def successors(state, waiting):
    may_wait = len(state.calls) + sum(vm.waits for vm in state.vms) < waiting
    for i, pages in enumerate(state.calls):
        yield state._replace(private=state.private + pages, calls=state.calls[:i] + state.calls[i + 1:])
    for calls in (host_calls(state), vm_calls(state)):
        for after, scrubbed in calls:
            yield after._replace(private=after.private + scrubbed)
            if scrubbed and may_wait:
                yield after._replace(calls=tuple(sorted(after.calls + (scrubbed,))))
    yield from relinquishes(state, may_wait)


WORLDS = {
    "res": State((Vm((ABSENT, ABSENT), True),), private=8),
    "res2": State((Vm((ABSENT,), False), Vm((ABSENT,), True)), private=8),
}


def count(start, waiting):
    seen, todo = {start}, [start]
    while todo:
        for after in successors(todo.pop(), waiting):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return len(seen)


def main():
    words = sys.argv[1:]
    if not 1 <= len(words) <= 2 or words[0] not in WORLDS or not all(word.isdecimal() for word in words[1:]):
        print("count_states.py: want res or res2, and perhaps a number of calls that wait", file=sys.stderr)
        sys.exit(2)
    print(count(WORLDS[words[0]], int(words[1]) if len(words) == 2 else 3))


main()
