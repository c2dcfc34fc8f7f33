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

def _seed_names(files):
    """Maps each file to its name in the flat zip: its own, or its path's when two share a name."""
    count = {}
    for f in files:
        count[f.basename] = count.get(f.basename, 0) + 1
    return [f.basename if count[f.basename] == 1 else f.short_path.replace("/", "_") for f in files]

def _fuzz_package_impl(ctx):
    name = ctx.attr.fuzzer
    outs = []
    if ctx.files.corpus:  # the zipper makes no empty zip, and OSS-Fuzz needs none
        seeds = ctx.actions.declare_file(name + "_seed_corpus.zip")
        args = ctx.actions.args()
        args.use_param_file("@%s", use_always = True)
        args.set_param_file_format("multiline")
        for file, seed in zip(ctx.files.corpus, _seed_names(ctx.files.corpus)):
            args.add("%s=%s" % (seed, file.path))
        ctx.actions.run(
            executable = ctx.executable._zipper,
            arguments = ["c", seeds.path, args],
            inputs = ctx.files.corpus,
            outputs = [seeds],
            mnemonic = "SeedCorpus",
        )
        outs.append(seeds)
    lines = ["[libfuzzer]"] + ["%s = %s" % option for option in ctx.attr.options.items()]
    if ctx.file.dictionary:
        dictionary = ctx.actions.declare_file(name + ".dict")
        ctx.actions.symlink(output = dictionary, target_file = ctx.file.dictionary)
        outs.append(dictionary)
        lines.append("dict = %s.dict" % name)
    options = ctx.actions.declare_file(name + ".options")
    ctx.actions.write(options, "\n".join(lines) + "\n")
    return [DefaultInfo(files = depset(outs + [options]))]

_fuzz_package = rule(
    implementation = _fuzz_package_impl,
    attrs = {
        "fuzzer": attr.string(mandatory = True),
        "corpus": attr.label_list(allow_files = True),
        "dictionary": attr.label(allow_single_file = True),
        "options": attr.string_dict(),
        "_zipper": attr.label(
            default = "@bazel_tools//tools/zip:zipper",
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
        "_encoder": attr.label(
            default = "//harness/cli:cadastre",
            executable = True,
            cfg = "exec",
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
      :NAME_package    NAME_seed_corpus.zip, NAME.options, NAME.dict: the OSS-Fuzz layout
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
    )
