#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns records of the real pKVM into op scripts, one script for each boot or trace.

usage: translate.py TABLE_OR_TRACE... --out=FOLDER

Each operation that has a counterpart here becomes a line whose comment begins with `pkvm` and its recorded answer: 0,
an errno, or unknown. Operations without one become comment lines. Pages are given by role: page A is some private page,
the EL2 carve-out is the pool, EL2's text is the image. `harness/cadastre corpus expect` then adds our answers.
"""
import re
import sys
from pathlib import Path

ERRNO = {1: "EPERM", 2: "ENOENT", 12: "ENOMEM", 16: "EBUSY", 22: "EINVAL", 34: "ERANGE"}
RAM = 0x40053  # page number of ram+0 on the machine of the scripts
PAGE_A = 0xD0  # as ram+0xd0
VM_OBJECT, TABLE_ROOT, HOST_STRUCT = "ram+0x1bd", "ram+0x1cd", "ram+0x1dd"

# Pages of the recorded machine by what the record calls them; others by number.
ROLES = [
    ("first page of RAM", "ram0.first"), ("last page of RAM", "ram2.last"),
    ("RAM page just below the EL2 carve-out", "pool.before"), ("RAM page just above the EL2 carve-out", "pool.after"),
    ("first page of a 2 MiB block", "ram+0x3ad"), ("last page of a 2 MiB block", "ram+0x5ac"),
    ("middle page of a 2 MiB block", "ram+0x4ad"), ("page behind vmalloc", "ram+0xe0"),
    ("first page of the kernel image", "ram+0x1ad"), ("host kernel text", "ram+0x1ae"),
    ("first page of host rodata", "ram+0x1af"), ("host rodata +1 MiB", "ram+0x2af"),
    ("first page of EL2 text", "image.first"), ("EL2 text +3", "ram+0x10"), ("first page of EL2 rodata", "ram+0x14"),
    ("first page of EL2 bss", "image.last"), ("first page of kernel bss", "image.last"),
    ("pfn 2^52 + first page of the EL2 carve-out", hex((1 << 52) + 0x40080)),
    ("first page of the EL2 carve-out", "pool.first"), ("middle page of the EL2 carve-out", "ram+0x6d"),
    ("last page of the EL2 carve-out", "pool.last"), ("PL011", "mmio0.first"), ("virtio-mmio", "mmio1.first"),
    ("page just below RAM", "ram0.before"), ("first page beyond RAM", "ram2.after"),
    ("second page beyond RAM", "0x41011"), ("page B", "ram+0xd1"),
]
# Creations of VMs that differ in nothing but their pages: what they give as VM object and as table root.
CREATIONS = {
    "first VM object page is shared with EL2": (VM_OBJECT, TABLE_ROOT, VM_OBJECT),
    "first table root page is shared with EL2": (VM_OBJECT, TABLE_ROOT, TABLE_ROOT),
    "VM object in the EL2 carve-out": ("pool.first", TABLE_ROOT, None),
    "table root in the EL2 carve-out": (VM_OBJECT, "pool.first", None),
    "VM object and table root at the same address": (VM_OBJECT, VM_OBJECT, None),
    "VM object inside struct kvm": (HOST_STRUCT, TABLE_ROOT, HOST_STRUCT),
    "good arguments, 1 vcpu": (VM_OBJECT, TABLE_ROOT, None),
    "good arguments": (VM_OBJECT, TABLE_ROOT, None),
    "the same VM object again": (VM_OBJECT, TABLE_ROOT, None),
}


class Script:
    def __init__(self, about):
        self.lines = ["# SPDX-License-Identifier: Apache-2.0", "cadastre-ops 1 profile=small", "# " + about]
        self.vms = 0  # created by now

    def note(self, text):
        self.lines.append("# " + text)

    def op(self, cpu, op, answer=None, what=""):
        comment = "" if answer is None else f"  # pkvm {answer}" + (f", {what}" if what else "")
        self.lines.append(f"{cpu} {op}{comment}")

    def create(self, cpu, meta, root, answer, what=""):
        self.op(cpu, f"vm_create flags=plain ipa_bits=40 meta_pfn={meta} root_pfn={root}", answer, what)

    def last_vm(self):
        return vm_name(self.vms - 1)

    # Our tear-down is several calls; the first answers what theirs does.
    def teardown(self, cpu, vm, answer, what="", finish=True):
        self.op(cpu, f"vm_start_teardown vm={vm}", answer, what)
        if finish:
            self.op(cpu, f"vm_finish_teardown vm={vm}", answer)


def vm_name(index):
    return chr(ord("a") + index) if index < 26 else f"vm{index}"


def answer_of(x0, x1):
    if x0 == "-1":
        return "unknown"
    value = int(x1, 0)
    return "0" if value >= 0 else ERRNO[-value]


def page(pfn, what, page_a):
    """Where a page of the record lies on our machine."""
    for prefix, role in ROLES:
        if what.startswith(prefix):
            return role
    if pfn == page_a:
        return f"ram+{PAGE_A:#x}"
    if (pfn & 0xFFFFF) == page_a:  # an alias of page A
        return hex(pfn - page_a + RAM + PAGE_A)
    return hex(pfn)


def function(x0):
    """Their function id in our numbers: share is 9 with them, unshare 10."""
    index = {9: "fn(share_hyp)", 10: "fn(unshare_hyp)"}
    forms = {0xC6000000: "", 0x86000000: "+hvc32", 0x46000000: "+yielding", 0xC6010000: "+sve", 0x1C6000000: "+bit32",
             0x80000000C6000000: "+bit63"}
    base, low = x0 & ~0xFF, x0 & 0xFF
    if base == 0xC6000000 and 0x1A <= low <= 0x21:
        return f"fn({low - 0x1A + 0x65:#x})"  # past our last number
    if low in index:
        return index[low] + forms[base] if base in forms else hex(base | (0x42 if low == 9 else 0x43))
    return hex(x0)


def hvc_row(script, cpu, call, inputs, what, outputs):
    x0 = int(re.search(r"x0=(\S+)", inputs)[1], 16)
    out = re.search(r"x0=(\S+) x1=(\S+)", outputs)
    answer = answer_of(out[1], "0" if out[2] == "kept" else out[2])
    if call == "hvc #0":
        script.op(cpu, f"hvc x0={function(x0)} x1=ram+{PAGE_A:#x} x2=1 x3=0 x4=0 x5=0", answer, what)
    else:
        script.op(cpu, f"hvc_imm imm=1 x0={function(x0)} x1=ram+{PAGE_A:#x} x2=1 x3=0 x4=0", answer, what)


def init_vm_row(script, cpu, what, answer):
    flipped = re.match(r"VM object address with bit (\d+) flipped", what)
    if flipped:
        pfn = (RAM + int(VM_OBJECT[4:], 16)) ^ (1 << (int(flipped[1]) - 12))
        script.create(cpu, hex(pfn), TABLE_ROOT, answer, what)
    elif what in CREATIONS:
        meta, root, shared = CREATIONS[what]
        if shared:
            script.op(cpu, f"share_hyp pfn={shared} count=1")
        script.create(cpu, meta, root, answer, what)
        if shared:
            script.op(cpu, f"unshare_hyp pfn={shared} count=1")
        script.vms += answer == "0"
    else:
        script.note(f"no counterpart: init_vm, {what}: pkvm {answer}")


def teardown_row(script, cpu, what, answer, created_here):
    vm = {"handle 0": "0", "handle + 1": script.last_vm() + ".slot+1", "handle all ones": "0xffffffffffffffff",
          "good handle with bit 32 set": script.last_vm() + ".bit32"}.get(what, script.last_vm())
    if created_here:
        script.teardown(cpu, vm, answer, what, finish=what in ("good handle",))
    else:
        script.note(f"no counterpart: teardown_vm, {what}: pkvm {answer}; there is no such VM here")


def translate_table(path, out):
    scripts, script, page_a, created_here = [], None, None, True
    for line in path.read_text().splitlines():
        boot = re.match(r"boot (\d+): (.*)", line)
        if boot:
            script = Script(f"Recorded from pKVM, {path.stem}, boot {boot[1]}: {boot[2]}.")
            scripts.append((f"{path.stem}_boot_{boot[1]}".replace("-", "_").replace(".", "_"), script))
            page_a = None
        elif line.startswith("section "):
            script.note(line[8:])
        elif line.startswith("note 255 VMs"):
            for i in range(256):
                first = 0x200 + 4 * i + 1
                script.create("cpu0", f"ram+{first:#x}", f"ram+{first + 2:#x}", "0" if i < 255 else "ENOMEM")
        elif re.match(r"\d+ \|", line):
            _, cpu, call, argument, what, outputs = [field.strip() for field in line.split("|")]
            if call in ("hvc #0", "hvc #1"):
                hvc_row(script, cpu, call, argument, what, outputs)
                continue
            out_x = re.search(r"x0=(\S+) x1=(\S+)", outputs)
            if call == "smc #0" or call == "init_vcpu":
                script.note(f"no counterpart: {call} {argument} {what}: {outputs}".replace("  ", " "))
                continue
            answer = answer_of(out_x[1], out_x[2])
            if call == "init_vm":
                created_here = "flipped" not in what
                init_vm_row(script, cpu, what, answer)
            elif call == "teardown_vm":
                teardown_row(script, cpu, what, answer, created_here)
            else:
                share_row(script, cpu, call, int(argument[4:], 16), what, answer, page_a)
                if page_a is None:
                    page_a = int(argument[4:], 16)
    for name, script in scripts:
        write(out, name, script)


def share_row(script, cpu, call, pfn, what, answer, page_a):
    where = page(pfn, what, page_a if page_a is not None else pfn)
    if what.startswith("page donated as VM object"):
        where = VM_OBJECT
    if "struct kvm page" in what or "pinned by a VM" in what:
        where = HOST_STRUCT
    if what == "shared page pinned by a VM" and call == "host_share_hyp":
        script.note("A list page is what pins here.")
        script.op(cpu, f"share_hyp pfn={where} count=1")
        script.op(cpu, f"list_page_set set=1 pfn={where}")
    if what == "struct kvm page after teardown":
        script.op(cpu, "list_page_set set=0 pfn=0")
    script.op(cpu, f"{call[5:]} pfn={where} count=1", answer, what)


def translate_trace(path, out):
    script = Script(f"Recorded from pKVM, {path.stem}: what the host kernel calls as VMs come and go.")
    windows = {}

    def placed(pfn):
        """Pages keep their place in aligned runs of 16; runs are packed from 2 MiB into our RAM."""
        window = windows.setdefault(pfn >> 4, len(windows))
        return f"ram+{0x1AD + 16 * window + (pfn & 15):#x}"

    def of_address(address):
        return (address - 0xFFFF000000000000 + 0x40000000) >> 12

    for line in path.read_text().splitlines():
        if line.startswith("mark vm-"):
            script.note(line[5:])
        call = re.match(r"\d+ (cpu\d) __pkvm_(\w+) 0x\S+ x1=0x(\w+) x2=0x(\w+) x3=0x(\w+) .*-> x0=(\S+) x1=(\S+)", line)
        if not call:
            continue
        cpu, name, x1, x2, x3 = call[1], call[2], *(int(call[i], 16) for i in (3, 4, 5))
        if name in ("host_share_hyp", "host_unshare_hyp"):
            script.op(cpu, f"{name[5:]} pfn={placed(x1)} count=1", answer_of(call[6], call[7]))
        elif name == "init_vm":
            script.create(cpu, placed(of_address(x2)), placed(of_address(x3)), answer_of(call[6], call[7]))
            script.vms += 1
        elif name == "teardown_vm":
            script.teardown(cpu, script.last_vm(), answer_of(call[6], call[7]))
        elif name == "init_vcpu":
            script.note(f"no counterpart: init_vcpu: pkvm {answer_of(call[6], call[7])}")
    write(out, path.stem.replace("-", "_").replace(".", "_"), script)


def write(out, name, script):
    (out / f"{name}.ops").write_text("\n".join(script.lines) + "\n")


def main():
    out = [Path(a[6:]) for a in sys.argv[1:] if a.startswith("--out=")]
    files = [Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    if len(out) != 1 or not files:
        sys.exit(__doc__)
    for path in files:
        (translate_table if path.name.startswith("table") else translate_trace)(path, out[0])


if __name__ == "__main__":
    main()
