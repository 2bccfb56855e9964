// SPDX-License-Identifier: MIT
// The bodies of frames that are sent for every keystroke: small changes, acknowledgements,
// presence. docs/sync-protocol.md has their bytes.
//
// Both ends of a direction do the same to their wire_memory with each frame, so a frame is read
// even if what it says is then passed over.
#pragma once

#include "weft/sync/wire.hpp"

namespace weft::sync::keystroke_frames {

/// Writes the body of such a message. frame_kind::capnp: `m` is none, and nothing was written.
[[nodiscard]] frame_kind write(const message& m, wire_memory& memory, crdt::byte_writer& out);

/// The inverse, for hostile bytes. `memory` is unspecified after an error. Pre: not capnp.
[[nodiscard]] crdt::result<message> read(frame_kind kind, byte_view body, wire_memory& memory);

}  // namespace weft::sync::keystroke_frames
