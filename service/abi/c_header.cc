// SPDX-License-Identifier: Apache-2.0
#include "service/abi/c_header.h"

#include <cstddef>
#include <vector>

#include "service/abi/constants.h"
#include "service/abi/reference.h"

namespace cadastre::abi {
namespace {

constexpr std::size_t kWidth = 100;

constexpr char kBegin[] = R"(/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cadastre's hypercalls for their callers, in C, C++ and assembly. Generated from the tables in
 * service/abi; service/ABI.md is the manual.
 *
 * x0 is the function id and x1, x2, ... are the arguments. A known call answers x0 = 0. Done:
 * x1 = 0 and the call's values, if any, in x2 and x3. Refused: x1 = -errno, x2 = detail, x3 = row,
 * and nothing has changed. x4 to x30 are kept.
 */
#ifndef CADASTRE_H_
#define CADASTRE_H_
)";

constexpr char kTypes[] = R"(
#ifndef __ASSEMBLER__
#include <stdint.h>

/* An entry of a list page. A word that the call does not use is 0. */
struct cadastre_list_entry {
  uint64_t pfn;
  uint64_t gfn;
  uint64_t count;
};
#endif /* __ASSEMBLER__ */
)";

constexpr char kEnd[] = "\n#endif /* CADASTRE_H_ */\n";

// "#define CADASTRE_MAX_VCPUS 64 /* of a VM */", in columns.
std::string Define(const Constant& constant, std::size_t column) {
  std::string line = "#define CADASTRE_" + constant.name;
  line.resize(line.size() < column ? column : line.size(), ' ');
  line += " " + Literal(constant);
  if (!constant.comment.empty()) line += " /* " + constant.comment + " */";
  return line + "\n";
}

std::string Section(const ConstantGroup& group) {
  std::size_t longest = 0;
  for (const Constant& constant : group.constants) {
    if (constant.name.size() > longest) longest = constant.name.size();
  }
  std::string text = "\n/* " + group.title + ". */\n";
  for (const Constant& constant : group.constants)
    text += Define(constant, sizeof("#define CADASTRE_") - 1 + longest);
  return text;
}

std::string CallSection(const ReferenceCall& call) {
  std::string text = "\n/*\n * " + call.name + ", called by: " + call.caller;
  if (!call.note.empty()) text += "; " + call.note;
  text += "\n";
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    std::string line = " *   " + RegisterOf(call, i);
    line.resize(line.size() < 18 ? 18 : line.size(), ' ');
    text += line + " " + call.args[i].meaning + "\n";
  }
  std::string begin = " *   refuses ";
  for (const std::string& line : Wrapped(RefusalGroups(call), kWidth - begin.size())) {
    text += begin + line + "\n";
    begin = " *           ";
  }
  return text + " */\n" + Define(IdOf(call), 0);
}

}  // namespace

std::string CHeader() {
  std::string text = std::string(kBegin) + kTypes;
  for (const ConstantGroup& group : Constants()) text += Section(group);
  for (const ReferenceCall& call : ReferenceCalls()) text += CallSection(call);
  return text + kEnd;
}

}  // namespace cadastre::abi
