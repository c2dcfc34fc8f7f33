// SPDX-License-Identifier: Apache-2.0
#include "harness/script/script.h"

namespace cadastre::script {

Script WithoutNotes(Script script) {
  script.head.clear();
  script.foot.clear();
  for (Op& op : script.ops) {
    op.expectation.reset();
    op.above.clear();
    op.comment.clear();
  }
  return script;
}

}  // namespace cadastre::script
