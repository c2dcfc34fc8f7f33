# SPDX-License-Identifier: Apache-2.0
"""cc_fuzz_test: one LLVMFuzzerTestOneInput source, five targets. ops_corpus: op scripts as binary inputs."""

_ENGINE = "//bazel/fuzzing:engine"
_FEATURES = "//command_line_option:features"
_MODE = "//command_line_option:compilation_mode"

# What each engine adds to the target's features.
_ADDED = {
    "libfuzzer": ["asan", "ubsan", "fuzzer"],
    "afl": ["afl"],
}

def _engine_impl(settings, attr):
    ours = _ADDED["libfuzzer"] + _ADDED["afl"]
    kept = [f for f in settings[_FEATURES] if f not in ours]

    # One compilation mode, so that a fuzzer is the same binary whatever the command line says.
    return {_ENGINE: attr.engine, _FEATURES: kept + _ADDED[attr.engine], _MODE: "fastbuild"}

_engine = transition(
    implementation = _engine_impl,
    inputs = [_FEATURES],
    outputs = [_ENGINE, _FEATURES, _MODE],
)

def _fuzz_binary_impl(ctx):
    binary = ctx.attr.binary[0][DefaultInfo]
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = binary.files_to_run.executable, is_executable = True)
    return [DefaultInfo(executable = out, files = depset([out]), runfiles = binary.default_runfiles)]

_fuzz_binary = rule(
    implementation = _fuzz_binary_impl,
    executable = True,
    attrs = {
        "binary": attr.label(mandatory = True, executable = True, cfg = _engine),
        "engine": attr.string(mandatory = True, values = _ADDED.keys()),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

# fuzz/oss-fuzz/plan.py gives the same words to the same tool, for a build without Bazel.
def _fuzz_package_impl(ctx):
    name = ctx.attr.fuzzer
    inputs = ctx.files.corpus + ctx.files.dictionary
    endings = [".options"]
    endings += ["_seed_corpus.zip"] if ctx.files.corpus else []
    endings += [".dict"] if ctx.files.dictionary else []
    outs = [ctx.actions.declare_file(name + ending) for ending in endings]

    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add_all(["--option=%s=%s" % option for option in ctx.attr.options.items()])
    args.add_all(ctx.files.dictionary, format_each = "--dictionary=%s")
    args.add_all([name, outs[0].dirname])
    args.add_all(["%s=%s" % (file.short_path, file.path) for file in ctx.files.corpus])
    ctx.actions.run(
        executable = ctx.executable._writer,
        arguments = [args],
        inputs = inputs,
        outputs = outs,
        mnemonic = "FuzzPackage",
    )
    return [DefaultInfo(files = depset(outs))]

_fuzz_package = rule(
    implementation = _fuzz_package_impl,
    attrs = {
        "fuzzer": attr.string(mandatory = True),
        # The encoder is then //harness/cli:tool, which harness/cadastre has built before it asks for a package.
        "corpus": attr.label_list(allow_files = True, cfg = "exec"),
        "dictionary": attr.label(allow_single_file = True),
        "options": attr.string_dict(),
        "_writer": attr.label(
            default = "//bazel/fuzzing:write_package",
            executable = True,
            allow_single_file = True,
            cfg = "exec",
        ),
    },
)

def _ops_corpus_impl(ctx):
    outs = []
    format = [] if ctx.attr.format == "script" else ["--format=" + ctx.attr.format]
    for src in ctx.files.srcs:
        stem = src.basename[:-len(".ops")]
        out = ctx.actions.declare_file("%s/%s.bin" % (ctx.label.name, stem))
        ctx.actions.run(
            executable = ctx.executable._encoder,
            arguments = ["corpus", "encode"] + format + ["--out=" + out.path, src.path],
            inputs = [src],
            outputs = [out],
            mnemonic = "EncodeOps",
            progress_message = "Encoding %s" % src.short_path,
        )
        outs.append(out)
    return [DefaultInfo(files = depset(outs), runfiles = ctx.runfiles(outs))]

ops_corpus = rule(
    implementation = _ops_corpus_impl,
    doc = "Encodes readable op scripts into the binary inputs of a fuzz target, one NAME.bin per NAME.ops.",
    attrs = {
        "srcs": attr.label_list(allow_files = [".ops"], mandatory = True),
        "format": attr.string(default = "script", doc = "the binary format, by the name the encoder knows"),
        # Not of the "exec" configuration: tests would build the whole program a second time, to encode with.
        "_encoder": attr.label(
            default = "//harness/cli:cadastre",
            executable = True,
            cfg = "target",
        ),
    },
)

def cc_fuzz_test(
        name,
        srcs,
        deps = [],
        corpus = [],
        dictionary = None,
        options = {},
        tags = [],
        size = "medium",
        **kwargs):
    """Declares the targets of one fuzz target.

      :NAME            test that replays the corpus; plain `bazel test`, any --config
      :NAME_libfuzzer  libFuzzer binary with ASan and UBSan   (manual)
      :NAME_afl        AFL++ binary, persistent mode           (manual)
      :NAME_package    NAME_seed_corpus.zip, NAME.options, NAME.dict: the OSS-Fuzz layout (manual)
      :NAME_bin        the binary for an engine that the command line chooses (manual)

    Args:
      name: of the fuzz target.
      srcs: sources, one of which defines LLVMFuzzerTestOneInput.
      deps: libraries.
      corpus: binary inputs: files, or ops_corpus targets.
      dictionary: an AFL dictionary, or None.
      options: lines of the [libfuzzer] section, e.g. {"max_len": "4096"}.
      tags: of the replay test.
      size: of the replay test.
      **kwargs: of the replay test and the binary, e.g. copts.
    """
    deps = deps + ["//bazel/fuzzing:main"]
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = ["$(rootpaths %s)" % label for label in corpus],
        data = corpus,
        linkstatic = True,
        tags = tags + ["fuzz-regression"],
        deps = deps,
        **kwargs
    )
    native.cc_binary(
        name = name + "_bin",
        testonly = True,
        srcs = srcs,
        linkstatic = True,
        tags = ["manual"],
        deps = deps,
        **kwargs
    )
    for engine in _ADDED:
        _fuzz_binary(
            name = name + "_" + engine,
            testonly = True,
            binary = ":%s_bin" % name,
            engine = engine,
            tags = ["manual", "fuzz-" + engine],
        )
    _fuzz_package(
        name = name + "_package",
        testonly = True,
        fuzzer = name,
        corpus = corpus,
        dictionary = dictionary,
        options = options,
        tags = ["manual"],
    )
