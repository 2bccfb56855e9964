// SPDX-License-Identifier: MIT
// Messages as bytes: `size varint, kind u8, body`. Most bodies are Cap'n Proto (schema/wire.capnp);
// those that are sent for every keystroke have a form of their own, in which each direction of a
// session remembers what it has said (docs/sync-protocol.md has the bytes).
// All bytes are hostile until frame_splitter has checked them; memory is bounded by max_frame_bytes
// and by what wire_memory may keep.
#pragma once

#include "weft/crdt/error.hpp"
#include "weft/sync/message.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weft::sync {

/// Without size and kind. A change of the largest size fits, with room for its header.
inline constexpr std::size_t max_frame_bytes = std::size_t{2} << 20U;
inline constexpr std::size_t max_unpacked_frame_bytes = std::size_t{4} << 20U;
inline constexpr std::size_t max_frame_replicas = 65'536;  ///< in one version vector
inline constexpr std::size_t max_frame_entries = 4'096;    ///< membership entries in one message
inline constexpr std::size_t max_entry_bytes = std::size_t{256} << 10U;
inline constexpr std::size_t max_frame_features = 64;
inline constexpr std::size_t max_presence_bytes = 4'096;
inline constexpr std::size_t max_frame_prefix_bytes = 5;
inline constexpr std::size_t max_small_frame_bytes = std::size_t{64} << 10U;  ///< of keystrokes
inline constexpr std::size_t max_small_changes = 64;

/// What stands before the body of a frame, after its size.
enum class frame_kind : std::uint8_t { capnp = 0, small_changes = 1, ack = 2, presence = 3 };

/// What one direction of a session has said, known to both its ends. Replicas are named by number
/// once they were named in full; numbers that count up and times are told as differences. Bounded.
class wire_memory {
public:
  struct replica {
    replica_id id{};
    std::uint64_t next_seq = 0;  ///< one more than the greatest number told
    std::uint32_t clock = 0;     ///< of its presence
  };
  static constexpr std::size_t max_replicas = 4'096;  ///< of all documents
  static constexpr std::size_t max_body_bytes = 64;

  /// The n-th replica named with this document, from 0; null if there is none.
  [[nodiscard]] replica* at(std::uint32_t doc_ref, std::uint64_t n);
  [[nodiscard]] std::optional<std::size_t> find(std::uint32_t doc_ref, const replica_id& id) const;
  /// Gives it the next number of this document. When max_replicas are known all are forgotten
  /// first, which both ends do at the same place.
  replica& add(std::uint32_t doc_ref, const replica_id& id);
  void remember_body(byte_view body);
  [[nodiscard]] byte_view last_body() const noexcept { return last_body_; }

  std::int64_t wall_ms = 0;  ///< of the change told last

private:
  std::map<std::uint32_t, std::vector<replica>> replicas_;
  std::map<std::pair<std::uint32_t, replica_id>, std::size_t> numbers_;
  std::size_t count_ = 0;
  bytes last_body_;  // its beginning
};

/// Writes the frames of one direction of a session, all of them, in the order in which they go.
class frame_writer {
public:
  /// One whole frame. Pre: the message respects the limits in message.hpp.
  [[nodiscard]] bytes write(const message& m);

private:
  wire_memory memory_;
};

/// A frame that stands alone: the first of its direction.
[[nodiscard]] bytes encode_frame(const message& m);
/// The message of one frame without its size and kind.
[[nodiscard]] crdt::result<message> decode_frame(frame_kind kind, byte_view body,
                                                 wire_memory& memory);

/// Cuts a byte stream into frames. Holds what was fed and not yet taken: take until there is none
/// after each feed, then that is less than one frame.
class frame_splitter {
public:
  /// Appends received bytes.
  void feed(byte_view in);
  /// The next whole message, nullopt when more bytes are needed, or the error that ends the stream.
  /// Its offset counts from the start of the stream. After an error only that error comes.
  [[nodiscard]] crdt::result<std::optional<message>> next();
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - at_; }

private:
  struct prefix {
    std::size_t bytes = 0;  ///< of the prefix; 0: not whole yet
    std::size_t size = 0;
    frame_kind kind{};
  };
  [[nodiscard]] crdt::result<prefix> read_prefix() const;

  wire_memory memory_;
  bytes buffer_;
  std::size_t at_ = 0;
  std::uint64_t stream_offset_ = 0;  ///< of buffer_[at_]
  std::optional<crdt::error> failed_;
};

}  // namespace weft::sync
