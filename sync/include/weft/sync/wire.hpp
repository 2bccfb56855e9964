// SPDX-License-Identifier: MIT
// Messages as bytes: `length u32 LE, flags u8, Cap'n Proto packed Frame` (schema/wire.capnp).
// All bytes are hostile until decode_frame has checked them; memory is bounded by max_frame_bytes.
#pragma once

#include "weft/crdt/error.hpp"
#include "weft/sync/message.hpp"

#include <cstddef>
#include <optional>

namespace weft::sync {

/// Packed. A change of the largest size fits, with room for its header.
inline constexpr std::size_t max_frame_bytes = std::size_t{2} << 20U;
inline constexpr std::size_t max_unpacked_frame_bytes = std::size_t{4} << 20U;
inline constexpr std::size_t max_frame_replicas = 65'536;  ///< in one version vector
inline constexpr std::size_t max_frame_entries = 4'096;    ///< membership entries in one message
inline constexpr std::size_t max_entry_bytes = std::size_t{256} << 10U;
inline constexpr std::size_t max_frame_features = 64;
inline constexpr std::size_t max_presence_bytes = 4'096;
inline constexpr std::size_t frame_prefix_bytes = 5;

/// One whole frame, prefix included. Pre: the message respects the limits in message.hpp.
[[nodiscard]] bytes encode_frame(const message& m);
/// `frame` without its prefix.
[[nodiscard]] crdt::result<message> decode_frame(std::uint8_t flags, byte_view frame);

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
  bytes buffer_;
  std::size_t at_ = 0;
  std::uint64_t stream_offset_ = 0;  ///< of buffer_[at_]
  std::optional<crdt::error> failed_;
};

}  // namespace weft::sync
