// SPDX-License-Identifier: MIT
// import_scratch: memory of an import, kept for the next one.
#pragma once

#include "codec/keystroke.hpp"
#include "codec/op_batch.hpp"
#include "document/importer.hpp"

namespace weft::crdt {

struct import_scratch {
  op_batch batch;
  keystroke head;
  located_run located;
  local_frontier named;  // parents of an operation that the keystroke refers to
};

}  // namespace weft::crdt
