// SPDX-License-Identifier: MIT
// Messages as bytes: `length u32 LE, flags u8, Cap'n Proto packed Frame` (schema/wire.capnp).
// All bytes are hostile until decode_frame has checked them; memory is bounded by max_frame_bytes.
#pragma once

#include "weft/crdt/error.hpp"
#include "weft/sync/message.hpp"

#include <cstddef>
#include <optional>

namespace weft::sync {

inline constexpr std::size_t max_frame_bytes = std::size_t{1} << 20U;  ///< packed
inline constexpr std::size_t frame_prefix_bytes = 5;

/// One whole frame, prefix included. Pre: the message respects the limits in message.hpp.
[[nodiscard]] bytes encode_frame(const message& m);
/// `frame` without its prefix.
[[nodiscard]] crdt::result<message> decode_frame(std::uint8_t flags, byte_view frame);

/// Cuts a byte stream into frames. Holds at most one frame.
class frame_splitter {
public:
  /// Appends received bytes.
  void feed(byte_view in);
  /// The next whole message, nullopt when more bytes are needed, or the error that ends the stream.
  [[nodiscard]] crdt::result<std::optional<message>> next();
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - at_; }

private:
  bytes buffer_;
  std::size_t at_ = 0;
};

}  // namespace weft::sync
