# SPDX-License-Identifier: Apache-2.0
"""freestanding_cc_library: a cc_library whose code must also run without an operating system.

pgtable/ and service/ are built by it. The flags refuse on the host what the EL2 image could not carry:
exceptions, RTTI, and objects whose constructors or destructors somebody would have to run.
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
