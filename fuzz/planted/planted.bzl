# SPDX-License-Identifier: Apache-2.0
"""planted_core: the core with a bug in it, for tests that want the oracle to find it.

The bug is a patch of a copy. Headers that it changes are pasted above core_sim.cc, where their
include guards keep the true ones out; sources that it changes are compiled and linked before the
true ones. So the core itself carries no switch.
"""

_CORE_SIM = "//harness/machine:core_sim.cc"

def _base_name(label):
    return label.split(":")[1]

def planted_core(name, patch, headers = [], sources = []):
    """A cc_library that stands for //harness/machine:core_sim.

    Args:
      name: of the library.
      patch: unified diff with paths from the root of the tree; one that no longer applies fails the
        build.
      headers: what it changes of *_impl.h, which core_sim.cc alone includes.
      sources: what it changes of .cc files.
    """
    outs = ["%s/core_sim.cc" % name] + ["%s/%s" % (name, _base_name(f)) for f in sources]
    steps = ["tree=$(RULEDIR)/%s_tree" % name, "rm -rf $$tree"]
    for f in headers + sources:
        steps.append("mkdir -p $$tree/$$(dirname $(location %s))" % f)
        steps.append("cp -L $(location {f}) $$tree/$(location {f})".format(f = f))
    steps.append("chmod -R u+w $$tree")
    steps.append("patch --silent --batch -p1 -d $$tree < $(location %s)" % patch)
    pasted = ["$$tree/$(location %s)" % f for f in headers] + ["$(location %s)" % _CORE_SIM]
    steps.append("cat %s > $(RULEDIR)/%s/core_sim.cc" % (" ".join(pasted), name))
    for f in sources:
        out = "$(RULEDIR)/%s/%s" % (name, _base_name(f))
        steps.append("cp $$tree/$(location %s) %s" % (f, out))
    steps.append("rm -rf $$tree")
    native.genrule(
        name = name + "_sources",
        testonly = True,
        srcs = [_CORE_SIM, patch] + headers + sources,
        outs = outs,
        cmd = " && ".join(steps),
    )
    native.cc_library(
        name = name,
        testonly = True,
        srcs = outs,
        alwayslink = True,
        deps = [
            "//harness/machine:core_sim_header",
            "//pgtable:definitions",
            "//service",
        ],
    )
