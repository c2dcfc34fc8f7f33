# SPDX-License-Identifier: Apache-2.0
"""The toolchains, clang and lld of the LLVM that configure.bzl found, C++20: the host's, the host's with the oldest
compiler that is supported, and EL2's for bare AArch64."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
    "with_feature_set",
)
load("@local_llvm//:llvm.bzl", "llvm")
load("@local_llvm_16//:llvm.bzl", llvm_16 = "llvm")

_CXX = [
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
    ACTION_NAMES.linkstamp_compile,
]
_COMPILE = _CXX + [ACTION_NAMES.c_compile, ACTION_NAMES.assemble, ACTION_NAMES.preprocess_assemble]
_LINK = [
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

def _flags(actions, flags, with_features = []):
    return flag_set(actions = actions, flag_groups = [flag_group(flags = flags)], with_features = with_features)

def _in(name):
    return [with_feature_set(features = [name])]

def _switch(name, compile, link):
    return feature(name = name, flag_sets = [_flags(_COMPILE, compile)] + ([_flags(_LINK, link)] if link else []))

# What every source is compiled with, others' too; .bazelrc adds -Werror and more for our own.
_WARN = ["-Wall", "-Wextra", "-Wno-unused-command-line-argument"]
_REPRODUCIBLE = [
    "-no-canonical-prefixes",
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
]

# Optimised programs are put together by ThinLTO: the machine's, the oracle's and the core's hot calls cross files, and it
# is worth 5 % of the checked operations a second. What an engine or a sanitizer instruments stays as it is.
_PLAIN_OPT = [with_feature_set(
    features = ["opt"],
    not_features = ["asan", "ubsan", "fuzzer", "afl", "llvm_coverage_map_format"],
)]

_COMMON_FEATURES = [
    feature(name = "dbg"),
    feature(name = "opt"),
    feature(name = "fastbuild"),
    feature(name = "reproducible", enabled = True, flag_sets = [_flags(_COMPILE, _REPRODUCIBLE)]),
]

def _host_features(llvm):
    return [
        feature(name = "supports_pic", enabled = True),
        feature(name = "supports_dynamic_linker", enabled = True),
        feature(name = "supports_start_end_lib", enabled = True),
        feature(name = "default_flags", enabled = True, flag_sets = [
            _flags(_COMPILE, ["-fno-omit-frame-pointer", "-fstack-protector"] + _WARN),
            _flags(_COMPILE, ["-O3", "-g1", "-DNDEBUG", "-ffunction-sections", "-fdata-sections"], _in("opt")),
            # A sanitizer walks the stack by it at each allocation; without one it costs 3 % of the instructions.
            _flags(_COMPILE, ["-fomit-frame-pointer"], [with_feature_set(features = ["opt"], not_features = ["asan", "ubsan"])]),
            _flags(_COMPILE, ["-flto=thin"], _PLAIN_OPT),
            _flags(_LINK, ["-flto=thin", "-O3", "-Wl,--thinlto-jobs=2"], _PLAIN_OPT),
            _flags(_COMPILE, ["-O0", "-g"], _in("dbg")),
            _flags(_COMPILE, ["-O1", "-g1"], _in("fastbuild")),
            _flags(_CXX, ["-std=c++20"]),
            _flags(_LINK, ["--ld-path=" + llvm.tools["ld"], "-Wl,-z,relro,-z,now", "-lstdc++", "-lm"]),
            _flags(_LINK, ["-Wl,--gc-sections"], _in("opt")),
        ]),
    ]

# Wanted by --features or by a transition. No other platform's toolchain has them, so its builds ignore them.
# asan and ubsan compile as the mode says: -O1 for readable reports by default, opt for speed, and so does a fuzz engine.
_INSTRUMENTATION = [
    _switch(
        "asan",
        ["-fsanitize=address", "-fsanitize-address-use-after-scope"],
        ["-fsanitize=address"],
    ),
    _switch(
        "ubsan",
        ["-fsanitize=undefined", "-fno-sanitize-recover=all"],
        # The C++ runtime pieces come with the C++ driver only, hence named here.
        ["-fsanitize=undefined", "-fsanitize-link-c++-runtime"],
    ),
    # Fake stacks cost a fifth of a fuzzer's time; tests with the asan config keep looking for uses after return.
    _switch(
        "fuzzer",
        [
            "-fsanitize=fuzzer-no-link",
            # The depth of the stack as a feature would tell where a fiber's stack lies, which is the kernel's choice.
            "-fno-sanitize-coverage=stack-depth",
            # Its cache goes by the address of a vtable: which look-ups miss, and so which edges an input covers, would
            # differ from process to process.
            "-fno-sanitize=vptr",
            "-fsanitize-address-use-after-return=never",
            "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION=1",
            "-O2",
            "-g1",
        ],
        ["-fsanitize=fuzzer-no-link"],
    ),
    # AFL++ without its compiler wrapper (which is tied to an older clang): clang's own edge guards,
    # answered by AFL++'s runtime, which //bazel/fuzzing:afl_main links.
    _switch(
        "afl",
        ["-fsanitize-coverage=trace-pc-guard", "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION=1", "-O2", "-g1"],
        [],
    ),
    # For the harness's own code (features = ["untraced"] on a rule): coverage feedback comes from the core and from the
    # cells that the oracle counts; tracing the harness's comparisons would take most of a fuzzer's time.
    feature(name = "untraced", flag_sets = [
        _flags(_COMPILE, ["-fno-sanitize=fuzzer-no-link"], _in("fuzzer")),
        _flags(_COMPILE, ["-fno-sanitize-coverage=trace-pc-guard"], _in("afl")),
    ]),
    feature(name = "coverage"),
    feature(name = "llvm_coverage_map_format", flag_sets = [
        _flags(_COMPILE, ["-fprofile-instr-generate", "-fcoverage-mapping"]),
        _flags(_LINK, ["-fprofile-instr-generate"]),
    ]),
]

# No floating-point registers (they are the host's), no C library, nobody who runs constructors or unwinds. While the
# MMU is off an unaligned access faults.
_EL2_FEATURES = [
    feature(name = "default_flags", enabled = True, flag_sets = [
        _flags(_COMPILE, [
            "--target=aarch64-none-elf",
            "-ffreestanding",
            "-nostdlibinc",
            "-mgeneral-regs-only",
            "-mstrict-align",
            "-fno-pic",
            "-fno-stack-protector",
            "-ffunction-sections",
            "-fdata-sections",
            "-O2",
            "-g1",
        ] + _WARN),
        _flags(_CXX, [
            "-std=c++20",
            "-fno-exceptions",
            "-fno-rtti",
            "-fno-threadsafe-statics",
            "-nostdinc++",
            "-isystem",
            "bazel/toolchain/freestanding",
        ] + [flag for folder in llvm.el2_cxx for flag in ("-isystem", folder)]),
        _flags(_LINK, [
            "--target=aarch64-none-elf",
            "-nostdlib",
            "-static",
            "--ld-path=" + llvm.tools["ld"],
            "-Wl,--gc-sections",
        ]),
    ]),
]

def _config_info(ctx, llvm, identifier, features, includes, cpu, system):
    tools = llvm.tools
    paths = {
        "gcc": tools["clang"],
        "cpp": tools["clang"],
        "ld": tools["ld"],
        "ar": tools["ar"],
        "nm": tools["nm"],
        "objcopy": tools["objcopy"],
        "objdump": tools["objdump"],
        "strip": tools["strip"],
        "gcov": tools["profdata"],  # what bazel's coverage script calls to merge profiles
        "llvm-cov": tools["cov"],
        "llvm-profdata": tools["profdata"],
        "dwp": "/bin/false",
    }
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        features = _COMMON_FEATURES + features,
        cxx_builtin_include_directories = includes,
        toolchain_identifier = identifier,
        host_system_name = "local",
        target_system_name = system,
        target_cpu = cpu,
        target_libc = "glibc" if identifier == "host" else "none",
        compiler = "clang",
        abi_version = "local",
        abi_libc_version = "local",
        tool_paths = [tool_path(name = k, path = v) for k, v in paths.items()],
    )

def _host_impl(ctx):
    chosen = llvm_16 if ctx.attr.llvm == "16" else llvm
    features = _host_features(chosen) + _INSTRUMENTATION
    return _config_info(ctx, chosen, "host", features, chosen.host_includes, "k8", "local")

def _el2_impl(ctx):
    return _config_info(ctx, llvm, "el2", _EL2_FEATURES, llvm.el2_includes, "aarch64", "el2")

host_toolchain_config = rule(
    implementation = _host_impl,
    attrs = {"llvm": attr.string(default = "found", values = ["found", "16"])},
    provides = [CcToolchainConfigInfo],
)

el2_toolchain_config = rule(
    implementation = _el2_impl,
    provides = [CcToolchainConfigInfo],
)
