# SPDX-License-Identifier: Apache-2.0
"""el2_image: a program for bare AArch64 as the flat file that QEMU or a boot loader starts; qemu_test: a test that boots
such images in QEMU."""

load("//bazel:freestanding.bzl", "FREESTANDING_COPTS", "to_el2")

_LIMIT = 256 * 1024

# Of a source that makes instances of the core. All else may run before the MMU is on, when memory is Device and an
# unaligned access faults; the core does not. The threshold takes 525 of 2,428 instructions off a share and unshare of a page
# (service/PERFORMANCE.md), for 40 KiB.
CORE_COPTS = ["-munaligned-access", "-O3", "-mllvm", "-inline-threshold=1000"]

def _image_impl(ctx):
    elf = ctx.attr.program[0][DefaultInfo].files.to_list()[0]
    out = ctx.actions.declare_file(ctx.label.name + ".img")
    ctx.actions.run_shell(
        inputs = [elf],
        tools = [ctx.executable._objcopy, ctx.executable._nm],
        outputs = [out],
        command = """
set -eu
undefined=$("$1" --undefined-only "$3")
[ -z "$undefined" ] || { echo "el2_image: undefined symbols: $undefined" >&2; exit 1; }
"$2" -O binary "$3" "$4"
size=$(stat -L -c %s "$4")
[ "$size" -le "$5" ] || { echo "el2_image: $size bytes, $5 is the most" >&2; exit 1; }
""",
        arguments = [ctx.executable._nm.path, ctx.executable._objcopy.path, elf.path, out.path, str(ctx.attr.limit)],
        mnemonic = "El2Image",
    )
    return [
        DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out])),
        OutputGroupInfo(elf = depset([elf])),
    ]

_el2_image = rule(
    implementation = _image_impl,
    doc = "The flat file of a program, which may ask nobody for anything.",
    attrs = {
        "program": attr.label(mandatory = True, cfg = to_el2),
        "limit": attr.int(default = _LIMIT, doc = "bytes of the file at most"),
        "_nm": attr.label(default = "@local_llvm//:nm", executable = True, cfg = "exec", allow_single_file = True),
        "_objcopy": attr.label(default = "@local_llvm//:objcopy", executable = True, cfg = "exec", allow_single_file = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def el2_image(name, srcs, script, base, deps = [], copts = [], testonly = False, **kwargs):
    """A program of `srcs`, linked by the linker script `script` to run at the address `base`, as NAME.img."""
    native.cc_binary(
        name = name + "_elf",
        srcs = srcs,
        copts = FREESTANDING_COPTS + copts,
        linkopts = ["-Wl,-T,$(location %s)" % script, "-Wl,--defsym=image_base=" + base, "-Wl,-z,max-page-size=4096", "-Wl,--build-id=none"],
        additional_linker_inputs = [script],
        linkstatic = True,
        tags = ["manual"],
        testonly = testonly,
        deps = deps,
    )
    _el2_image(name = name, program = name + "_elf", testonly = testonly, **kwargs)

def stack_depth_test(name, image, at_most, entries, indirect):
    """Holds the worst stack depth of an el2_image against `at_most` bytes; bazel/stack_depth says what the rest is."""
    native.filegroup(
        name = name + "_elf",
        srcs = [image],
        output_group = "elf",
    )
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//bazel:stack_depth_test.sh"],
        args = [
            "$(rootpath //bazel:stack_depth)",
            "$(rootpath @local_llvm//:objdump)",
            "$(rootpath :%s_elf)" % name,
            "--at-most=%d" % at_most,
        ] + ["--entry=" + entry for entry in entries] +
        ["'--indirect=%s=%s'" % rule for rule in indirect.items()],
        data = [
            name + "_elf",
            "//bazel:stack_depth",
            "@local_llvm//:objdump",
        ],
    )

def qemu_test(name, image, payload, cpu, cpus, memory = "512M", expect = "", status = 0, tree = None, testonly = False):
    """Boots `image` with the host `payload` and holds exit status and console against what is expected.

    With `tree`, a device tree of the test's own, firmware of the test's own hands it over.
    """
    firmware = "//service/el2/testing:firmware"
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//bazel:qemu_test.sh"],
        args = [
            "$(rootpath %s)" % image,
            "$(rootpath %s)" % payload,
            cpu,
            str(cpus),
            memory,
            str(status),
            "'%s'" % expect,
        ] + (["$(rootpath %s)" % firmware, "$(rootpath %s)" % tree] if tree else []),
        data = [image, payload] + ([firmware, tree] if tree else []),
        tags = ["cpu:2"],
        testonly = testonly,
    )
