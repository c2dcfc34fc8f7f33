# SPDX-License-Identifier: Apache-2.0
"""built_by_clang_16: a program of ours as the oldest supported compiler optimises it, whatever the command line says."""

load("//bazel:tool.bzl", "link_binary")

def _to_clang_16_impl(_settings, _attr):
    return {
        "//command_line_option:platforms": "//bazel/platforms:host_clang_16",
        "//command_line_option:features": [],
        "//command_line_option:collect_code_coverage": False,
        "//command_line_option:compilation_mode": "opt",
    }

_to_clang_16 = transition(
    implementation = _to_clang_16_impl,
    inputs = [],
    outputs = [
        "//command_line_option:platforms",
        "//command_line_option:features",
        "//command_line_option:collect_code_coverage",
        "//command_line_option:compilation_mode",
    ],
)

built_by_clang_16 = rule(
    implementation = link_binary,
    executable = True,
    attrs = {
        "binary": attr.label(mandatory = True, executable = True, cfg = _to_clang_16),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
