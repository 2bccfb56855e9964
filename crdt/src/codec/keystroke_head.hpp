// SPDX-License-Identifier: MIT
// The byte that starts a run in forms that name things by what came before (docs/format.md).
#pragma once

#include "codec/op_batch.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>

namespace weft::crdt {

namespace keystroke_head {
inline constexpr unsigned own_parent = 1;
inline constexpr unsigned parents_shift = 1;    // two bits: foreign parents
inline constexpr unsigned many_parents = 3;     // so many and more: the rest is counted
inline constexpr unsigned container_shift = 3;  // two bits: type of the container before; 0: named
inline constexpr unsigned several = 0x20;       // more than one operation
inline constexpr unsigned other_author = 0x40;  // live messages only
inline constexpr unsigned more = 0x80;          // live messages only: another run follows
inline constexpr unsigned all = 0x3f;           // of an update
}  // namespace keystroke_head

/// A container by its path: type and depth, then the names from the root down.
void write_path(byte_writer& out, const op_batch& batch, std::uint32_t container);
/// Appends the path to `batch`; the container is the last. Faults stay in the reader.
void read_path(byte_reader& in, const limits& bounds, op_batch& batch);

}  // namespace weft::crdt
