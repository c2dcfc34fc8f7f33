# SPDX-License-Identifier: Apache-2.0
"""Find one installed LLVM (clang, lld, binutils) and describe it in @local_llvm//:llvm.bzl."""

_VERSIONS = ["19", "18", "17", "16"]
_TOOLS = {
    "clang": "clang", "ld": "ld.lld", "ar": "llvm-ar", "nm": "llvm-nm", "objcopy": "llvm-objcopy",
    "objdump": "llvm-objdump", "strip": "llvm-strip", "cov": "llvm-cov", "profdata": "llvm-profdata",
}

def _find(rctx):
    wanted = rctx.attr.version or rctx.os.environ.get("CADASTRE_LLVM_VERSION")
    for version in ([wanted] if wanted else _VERSIONS):
        root = rctx.path("/usr/lib/llvm-%s/bin" % version)
        if all([root.get_child(tool).exists for tool in _TOOLS.values()]):
            return version, root
    fail("no LLVM with clang, lld and llvm tools found (looked for %s); run bazel/setup" %
         (wanted or ", ".join(_VERSIONS)))

def _include_dirs(rctx, compiler, args):
    result = rctx.execute([compiler] + args + ["-E", "-xc++", "-", "-v"], environment = {"LC_ALL": "C"})
    if result.return_code != 0:
        fail("%s does not run: %s" % (compiler, result.stderr))
    body = result.stderr.partition("#include <...> search starts here:")[2].partition("End of search list.")[0]
    dirs = []
    for line in body.splitlines():
        if line.strip():
            path = rctx.path(line.strip())  # without the ".." that clang prints
            for d in [str(path), str(path.realpath)]:
                if d not in dirs:
                    dirs.append(d)
    return dirs

def _impl(rctx):
    version, root = _find(rctx)
    clang = root.get_child("clang")
    resource = rctx.execute([clang, "-print-resource-dir"]).stdout.strip()
    host = _include_dirs(rctx, clang, [])
    values = {
        "version": version,
        "tools": {k: str(root.get_child(v)) for k, v in _TOOLS.items()},
        "host_includes": host + [resource + "/share", resource],
        # The host's C++ headers without its C library's. What they know of the host's CPU is not used by the
        # freestanding ones among them.
        "el2_cxx": [d for d in host if "/c++/" in d],
        "el2_includes": [d for d in host if "/c++/" in d] +
                        [resource + "/include", str(rctx.path(resource + "/include").realpath)],
        "afl_main": ["/usr/lib/afl/libAFLDriver.a", "/usr/lib/afl/afl-compiler-rt.o"],
    }
    rctx.file("llvm.bzl", "llvm = struct(\n%s)\n" % "".join(["    %s = %r,\n" % i for i in values.items()]))
    for name, tool in _TOOLS.items():
        rctx.symlink(root.get_child(tool), name)
    rctx.file("BUILD.bazel", "exports_files(%r)\n" % _TOOLS.keys())

llvm_configure = repository_rule(
    implementation = _impl,
    attrs = {"version": attr.string(doc = "Which LLVM; empty: the environment's, or the newest that is known.")},
    configure = True,
    local = True,
    environ = ["CADASTRE_LLVM_VERSION", "PATH"],
)
