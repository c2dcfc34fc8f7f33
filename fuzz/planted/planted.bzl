# SPDX-License-Identifier: Apache-2.0
"""planted_core: the core with a bug in it, for tests that want the oracle to find it; planted_image: the same at EL2.

The bug is a patch of a copy. Headers that it changes are pasted above the source that instantiates the core, where
their include guards keep the true ones out. So the core itself carries no switch.
"""

load("//bazel:el2.bzl", "el2_image")

_CORE_SIM = "//harness/machine:core_sim.cc"
_CORE_EL2 = "//service/el2:el2.cc"

def _base_name(label):
    return label.split(":")[1]

def _planted_source(name, instance, patch, headers):
    """Writes NAME/INSTANCE with the patched headers above it."""
    out = "%s/%s" % (name, _base_name(instance))
    steps = ["tree=$(RULEDIR)/%s_tree" % name, "rm -rf $$tree"]
    for f in headers:
        steps.append("mkdir -p $$tree/$$(dirname $(location %s))" % f)
        steps.append("cp -L $(location {f}) $$tree/$(location {f})".format(f = f))
    steps.append("chmod -R u+w $$tree")
    steps.append("patch --silent --batch -p1 -d $$tree < $(location %s)" % patch)
    pasted = ["$$tree/$(location %s)" % f for f in headers] + ["$(location %s)" % instance]
    steps.append("cat %s > $@" % " ".join(pasted))
    steps.append("rm -rf $$tree")
    native.genrule(
        name = name + "_source",
        testonly = True,
        srcs = [instance, patch] + headers,
        outs = [out],
        cmd = " && ".join(steps),
    )
    return out

def planted_core(name, patch, headers):
    """A cc_library that stands for //harness/machine:core_sim.

    Args:
      name: of the library.
      patch: unified diff with paths from the root of the tree; one that no longer applies fails the
        build.
      headers: what it changes; the source that instantiates the core must be the only one to include them.
    """
    native.cc_library(
        name = name,
        testonly = True,
        srcs = [_planted_source(name, _CORE_SIM, patch, headers)],
        alwayslink = True,
        deps = [
            "//harness/machine:core_sim_header",
            "//pgtable:definitions",
            "//service",
        ],
    )

def planted_image(name, patch, headers):
    """An image as //service/el2:image, NAME.img; arguments as planted_core's."""
    el2_image(
        name = name,
        testonly = True,
        srcs = [_planted_source(name, _CORE_EL2, patch, headers)],
        base = "0x40200000",
        script = "//service/el2:image.lds",
        deps = ["//service/el2:without_core"],
    )
