# SPDX-License-Identifier: Apache-2.0
"""External repositories, all taken from Debian packages so that no build downloads anything.

Whoever wants other versions defines the same names before calling cadastre_repositories().
"""

load("//bazel:system_repository.bzl", "system_repository")
load("//bazel/toolchain:configure.bzl", "llvm_configure")

# The conventional labels of Abseil that stand for Debian's archives.
_ABSL = {
    "absl/algorithm": ["algorithm", "container"],
    "absl/base": ["base", "config", "core_headers", "log_severity", "nullability"],
    "absl/cleanup": ["cleanup"],
    "absl/container": ["btree", "fixed_array", "flat_hash_map", "flat_hash_set", "inlined_vector", "node_hash_map"],
    "absl/debugging": ["failure_signal_handler", "stacktrace", "symbolize"],
    "absl/flags": ["flag", "marshalling", "parse", "reflection", "usage"],
    "absl/functional": ["any_invocable", "bind_front", "function_ref"],
    "absl/hash": ["hash"],
    "absl/memory": ["memory"],
    "absl/numeric": ["bits", "int128"],
    "absl/random": ["random"],
    "absl/status": ["status", "statusor"],
    "absl/strings": ["cord", "str_format", "strings"],
    "absl/synchronization": ["synchronization"],
    "absl/time": ["time"],
    "absl/types": ["optional", "span", "variant"],
}

def _stand_in(name, folder):
    if not native.existing_rule(name):
        native.local_repository(name = name, path = "bazel/offline/" + folder)

def _libraries():
    if not native.existing_rule("com_google_googletest"):
        system_repository(
            name = "com_google_googletest",
            package = "libgtest-dev libgmock-dev",
            probes = [
                "/usr/src/googletest/googletest/src/gtest-all.cc",
                "/usr/src/googletest/googlemock/src/gmock-all.cc",
            ],
            links = {
                "/usr/src/googletest/googletest": "googletest",
                "/usr/src/googletest/googlemock": "googlemock",
            },
            build_file = "//bazel/third_party:googletest.BUILD",
        )
    if not native.existing_rule("com_google_absl"):
        system_repository(
            name = "com_google_absl",
            package = "libabsl-dev",
            probes = ["/usr/include/absl/base/options.h", "{lib}/libabsl_base.a"],
            links = {"/usr/include/absl": "include/absl", "{lib}": "lib"},
            build_file = "//bazel/third_party:absl.BUILD",
            aliases = _ABSL,
        )
    if not native.existing_rule("com_github_google_benchmark"):
        system_repository(
            name = "com_github_google_benchmark",
            package = "libbenchmark-dev",
            probes = ["/usr/include/benchmark/benchmark.h", "{lib}/libbenchmark.so"],
            links = {
                "/usr/include/benchmark": "include/benchmark",
                "{lib}/libbenchmark.so": "lib/libbenchmark.so",
                "{lib}/libbenchmark_main.a": "lib/libbenchmark_main.a",
            },
            build_file = "//bazel/third_party:benchmark.BUILD",
        )

def cadastre_repositories():
    """Defines the toolchain's and the libraries' repositories, unless the caller defined them."""

    # What @bazel_tools loads; without these names bazel would download its own pinned archives.
    # Debian's bazel (4.2.3) reports no version; a newer bazel loads more from these than the stand-ins
    # have, and whoever runs one has a network.
    if native.bazel_version in ("", "4.2.3"):
        _stand_in("rules_cc", "rules_cc")
        _stand_in("rules_java", "rules_java")
        _stand_in("remote_coverage_tools", "coverage_tools")

    llvm_configure(name = "local_llvm")
    llvm_configure(name = "local_llvm_16", version = "16")
    _libraries()
