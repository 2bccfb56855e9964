// SPDX-License-Identifier: MIT
// import_scratch: memory of an import, kept for the next one.
#pragma once

#include "codec/keystroke.hpp"
#include "codec/op_batch.hpp"

namespace weft::crdt {

struct import_scratch {
  op_batch batch;
  keystroke head;
};

}  // namespace weft::crdt
