// SPDX-License-Identifier: MIT
#include "weft/crdt/document/counter.hpp"

#include "document/document_core.hpp"
#include "weft/crdt/document/document.hpp"

namespace weft::crdt {

void counter::add(std::int64_t amount) {
  document_core& core = *owner_->core_;
  const edit_scope scope(core);
  core.counter_add(index_, amount);
}

std::int64_t counter::value() const {
  return owner_->core_.shown().containers()[index_].counter->value();
}

}  // namespace weft::crdt
