# SPDX-License-Identifier: Apache-2.0
"""freestanding_cc_library: a cc_library whose code must also run without an operating system.

pgtable/ and service/ are built by it. On the host its flags refuse what the EL2 image could not carry: exceptions,
RTTI, and objects whose constructors or destructors somebody would have to run. freestanding_test compiles such a
library and all that it needs for bare AArch64, and looks at what the objects ask of whoever links them.
"""

FREESTANDING_COPTS = [
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-Wglobal-constructors",
    "-Wexit-time-destructors",
    "-Werror",
]

def freestanding_cc_library(name, copts = [], **kwargs):
    """A cc_library for code that runs both at EL2 and in host tests."""
    native.cc_library(
        name = name,
        copts = FREESTANDING_COPTS + copts,
        **kwargs
    )

def _to_el2_impl(_settings, _attr):
    return {
        "//command_line_option:platforms": "//bazel/platforms:el2",
        "//command_line_option:features": [],
        "//command_line_option:collect_code_coverage": False,
        "//command_line_option:compilation_mode": "opt",
    }

to_el2 = transition(
    implementation = _to_el2_impl,
    inputs = [],
    outputs = [
        "//command_line_option:platforms",
        "//command_line_option:features",
        "//command_line_option:collect_code_coverage",
        "//command_line_option:compilation_mode",
    ],
)

def _archives_impl(ctx):
    linked = ctx.attr.library[0][CcInfo].linking_context.linker_inputs.to_list()
    archives = [lib.static_library for input in linked for lib in input.libraries]
    return [DefaultInfo(files = depset(archives), runfiles = ctx.runfiles(archives))]

el2_archives = rule(
    implementation = _archives_impl,
    doc = "The archives of a cc_library and of all that it needs, for bare AArch64 whatever the command line says.",
    attrs = {
        "library": attr.label(mandatory = True, cfg = to_el2),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def freestanding_test(name, library):
    """Tests that `library` compiles for bare AArch64 and asks for nothing that an EL2 image does not have."""
    el2_archives(
        name = name + "_archives",
        testonly = True,
        library = library,
    )
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//bazel:freestanding_test.sh"],
        args = [
            "$(rootpath @local_llvm//:nm)",
            "$(rootpath @local_llvm//:objdump)",
            "$(rootpaths :%s_archives)" % name,
        ],
        data = [
            ":%s_archives" % name,
            "@local_llvm//:nm",
            "@local_llvm//:objdump",
        ],
    )
