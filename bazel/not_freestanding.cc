// SPDX-License-Identifier: Apache-2.0
// What must not pass freestanding_test: calls that nobody answers at EL2, an object that somebody
// would have to construct.
extern "C" void* malloc(unsigned long bytes);

namespace cadastre {

void* Somewhere() { return malloc(8); }
void* somewhere = Somewhere();

}  // namespace cadastre
