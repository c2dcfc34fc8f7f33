# SPDX-License-Identifier: Apache-2.0
"""Expose files that a distribution package installed as an external repository."""

def _library_dir(rctx):
    """The folder of the host's libraries: Debian names it after the architecture."""
    for arch in ["x86_64", "aarch64"]:
        path = "/usr/lib/%s-linux-gnu" % arch
        if rctx.path(path + "/libc.so.6").exists:
            return path
    return "/usr/lib"

def _impl(rctx):
    lib = _library_dir(rctx)
    probes = [p.replace("{lib}", lib) for p in rctx.attr.probes]
    missing = [p for p in probes if not rctx.path(p).exists]
    if missing:
        fail("@%s: %s not found; run bazel/setup (installs Debian package %s)" %
             (rctx.name, ", ".join(missing), rctx.attr.package))
    for src, dst in rctx.attr.links.items():
        rctx.symlink(src.replace("{lib}", lib), dst)
    rctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % rctx.name)
    rctx.symlink(rctx.attr.build_file, "BUILD.bazel")
    for package, names in rctx.attr.aliases.items():
        rctx.file(package + "/BUILD.bazel", "package(default_visibility = [\"//visibility:public\"])\n" + "".join([
            "alias(name = \"%s\", actual = \"//:all_libs\")\n" % name
            for name in names
        ]))

system_repository = repository_rule(
    implementation = _impl,
    local = True,
    doc = "In links and probes, {lib} is the folder of the host's libraries.",
    attrs = {
        "package": attr.string(mandatory = True, doc = "the Debian package that brings the files"),
        "probes": attr.string_list(doc = "files that must exist"),
        "links": attr.string_dict(doc = "from an absolute path to a path in the repository"),
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "aliases": attr.string_list_dict(doc = "package to target names, all standing for //:all_libs"),
    },
)
