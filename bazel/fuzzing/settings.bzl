# SPDX-License-Identifier: Apache-2.0
"""string_flag without skylib."""

EngineInfo = provider(fields = ["value"])

def _impl(ctx):
    value = ctx.build_setting_value
    if value not in ctx.attr.values:
        fail("%s must be one of %s, not %s" % (ctx.label, ctx.attr.values, value))
    return EngineInfo(value = value)

string_flag = rule(
    implementation = _impl,
    build_setting = config.string(flag = True),
    attrs = {"values": attr.string_list()},
)
