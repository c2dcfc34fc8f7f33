#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What fuzz/BUILD says about the fuzz targets, for a build without Bazel.

usage: plan.py sources               the sources of every target and of the seed encoder, one a line
       plan.py targets               the names of the targets
       plan.py objects LABEL         the sources that a target or library is linked from
       plan.py package OUT ENCODER   writes each target's files into OUT by bazel/fuzzing/write_package;
                                     ENCODER FORMAT IN.ops OUT.bin turns a script into an input

Run from the root of the sources. BUILD files are Python in syntax: each is executed with functions
that record what they are given.
"""
import functools
import pathlib
import subprocess
import sys
import tempfile


def label(package, text):
    """The full form of a label as written in a package."""
    if text.startswith("@"):
        return text
    if text.startswith(":"):
        return f"//{package}{text}"
    if text.startswith("//"):
        return text if ":" in text else f"{text}:{text.rsplit('/', 1)[1]}"
    return f"//{package}:{text}"


def expand(package, patterns, exclude=(), **_):
    """glob() of a BUILD file."""
    folder = pathlib.Path(package)
    found = {f for p in patterns for f in folder.glob(p)} - {f for p in exclude for f in folder.glob(p)}
    return sorted(str(f.relative_to(folder)) for f in found if f.is_file())


@functools.lru_cache(maxsize=None)
def rules_of(package):
    """{label: (kind, attributes)} of a package."""
    rules = {}

    def recorder(kind):
        def record(*_, **attributes):
            if "name" in attributes:
                rules[label(package, attributes["name"])] = (kind, attributes)
        return record

    def load(_, *names, **renamed):
        for name in [*names, *renamed]:
            scope[name] = recorder(name)

    native = ["package", "exports_files", "filegroup", "genrule", "alias", "test_suite", "licenses",
              "cc_library", "cc_binary", "cc_test", "sh_test", "sh_binary"]
    scope = {name: recorder(name) for name in native}
    scope |= {"load": load, "glob": functools.partial(expand, package), "select": lambda options: []}
    exec((pathlib.Path(package) / "BUILD").read_text(encoding="utf-8"), scope)  # our own file
    return rules


def rule(name):
    package = name[2:].split(":")[0]
    try:
        return package, *rules_of(package)[name]
    except KeyError:
        sys.exit(f"plan.py: no rule {name}")


def objects(name, seen):
    """The .cc files below a rule, each rule once; external libraries are the caller's affair."""
    if name in seen or name.startswith("@") or name.startswith("//bazel/"):
        return []
    seen.add(name)
    package, kind, attributes = rule(name)
    if kind not in ("cc_library", "freestanding_cc_library", "cc_binary", "cc_fuzz_test"):
        sys.exit(f"plan.py: {name} is a {kind}, which a build without bazel does not know")
    found = [f"{package}/{s}" for s in attributes.get("srcs", []) if s.endswith(".cc")]
    for dep in attributes.get("deps", []):
        found += objects(label(package, dep), seen)
    return found


def targets():
    return {attributes["name"]: attributes for kind, attributes in rules_of("fuzz").values() if kind == "cc_fuzz_test"}


def files(package, text):
    """The files that a label of a source stands for: itself, or those of a filegroup."""
    path = pathlib.Path(label(package, text)[2:].replace(":", "/"))
    if path.is_file():
        return [path]
    package, kind, attributes = rule(label(package, text))
    if kind != "filegroup":
        sys.exit(f"plan.py: {text} is a {kind}, not files")
    return [file for src in attributes["srcs"] for file in files(package, src)]


def inputs(package, text, encoder, folder):
    """Yields (path, file) of the inputs of one corpus label, files or an ops_corpus: where bazel has them, and
    where they are."""
    if (pathlib.Path(package) / text).is_file():
        kind = "file"
    else:
        corpus, kind, attributes = rule(label(package, text))
    if kind != "ops_corpus":
        for file in files(package, text):
            yield file, file
        return
    for source in [file for src in attributes["srcs"] for file in files(corpus, src)]:
        path = pathlib.Path(corpus, attributes["name"], source.stem + ".bin")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([encoder, attributes.get("format", "script"), source, folder / path], check=True)
        yield path, folder / path


def write_package(name, attributes, out, encoder):
    words = [f"--option={key}={value}" for key, value in attributes.get("options", {}).items()]
    if attributes.get("dictionary"):
        words.append(f"--dictionary=fuzz/{attributes['dictionary']}")
    words += [name, str(out)]
    with tempfile.TemporaryDirectory() as folder:
        for text in attributes.get("corpus", []):
            words += [f"{path}={file}" for path, file in inputs("fuzz", text, encoder, pathlib.Path(folder))]
        arguments = pathlib.Path(folder, "arguments")
        arguments.write_text("\n".join(words), encoding="utf-8")
        subprocess.run(["bazel/fuzzing/write_package", f"@{arguments}"], check=True)


def main():
    match sys.argv[1:]:
        case ["targets"]:
            print("\n".join(targets()))
        case ["objects", name]:
            print("\n".join(objects(name, set())))
        case ["sources"]:
            every = [source for name in targets() for source in objects(f"//fuzz:{name}", set())]
            print("\n".join(dict.fromkeys(every)))
        case ["package", out, encoder]:
            for name, attributes in targets().items():
                write_package(name, attributes, pathlib.Path(out), encoder)
        case _:
            print(__doc__, file=sys.stderr)
            sys.exit(2)


main()
