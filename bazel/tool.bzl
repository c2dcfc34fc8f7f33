# SPDX-License-Identifier: Apache-2.0
"""tool: a program of ours for a person to run, in the same optimised build that bazel's own actions use."""

def link_binary(ctx):
    """The implementation of a rule that is its `binary` under the rule's name."""
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = ctx.executable.binary, is_executable = True)
    return [DefaultInfo(executable = out, files = depset([out]))]

tool = rule(
    implementation = link_binary,
    executable = True,
    attrs = {
        "binary": attr.label(mandatory = True, executable = True, cfg = "exec"),
    },
)
