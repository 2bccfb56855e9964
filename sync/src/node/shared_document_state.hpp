// SPDX-License-Identifier: MIT
// The tie from shared_document to its inside; only node and shared_document include it.
#pragma once

#include "node/document_session.hpp"

namespace weft::sync {

struct shared_document::state {
  std::shared_ptr<document_session> session;
};

}  // namespace weft::sync
