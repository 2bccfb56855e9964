// SPDX-License-Identifier: MIT
// live_session: what two open documents say to each other keystroke by keystroke, in few bytes.
//
// One at each end of a channel that keeps order and loses nothing (a stream). Messages name
// authors, containers and carets by what earlier messages of the same direction said, so a typed
// character takes some six bytes. A message that was lost, doubled or moved is noticed by its check
// and ends the session; start a new one from the versions that both ends then have. Nothing is
// confirmed here: who must know what arrived asks for versions.
//
// A pure state machine; not thread-safe. docs/format.md has the bytes.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <memory>

namespace weft::crdt {

class live_session {
public:
  /// `peer_has`: operations that the other end is known to have; what it lacks beyond is sent by
  /// the first `encode`. Both ends may start from different versions.
  explicit live_session(const version_vector& peer_has);
  live_session(live_session&&) noexcept;
  live_session& operator=(live_session&&) noexcept;
  ~live_session();

  /// All operations of `d` that the other end lacks, as far as messages tell; empty if none.
  /// O(new operations + replicas). Pre: always the same document; the session is not broken; no
  /// transaction is open.
  [[nodiscard]] bytes encode(document& d);

  /// Applies the next message of the other end, wholly or not at all; otherwise as
  /// document::import. After an error the session is broken and the document as it was.
  [[nodiscard]] result<import_report> apply(document& d, byte_view message,
                                            const limits& bounds = {});

  /// Whether a message was refused. All later ones are, too.
  [[nodiscard]] bool broken() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::crdt
