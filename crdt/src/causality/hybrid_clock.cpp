// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/hybrid_clock.hpp"

#include "weft/crdt/defect.hpp"

#include <algorithm>

namespace weft::crdt {

// With milliseconds above the counter in one integer the paper's four cases are one maximum: the
// greater of both times plus one, or the wall time with counter 0 if that is later.
result<void> hybrid_clock::advance(std::uint64_t above, std::uint64_t now_ms) {
  if (now_ms > max_hybrid_ms) {
    return unexpected(errc::bad_value, 0, "wall time of more than 48 bits");
  }
  if (above == hybrid_stamp::max_time) {
    return unexpected(errc::overflow, 0, "hybrid clock");
  }
  time_ = std::max(above + 1, hybrid_stamp::time_of(now_ms, 0));
  return {};
}

result<hybrid_stamp> hybrid_clock::tick(const replica_id& self, std::uint64_t now_ms) {
  const bool forgets = WEFT_DEFECT("hybrid_clock.tick.follows_the_wall");
  const result<void> done = advance(forgets ? 0 : time_, now_ms);
  if (!done) {
    return unexpected(done.error());
  }
  return hybrid_stamp{time_, self};
}

result<void> hybrid_clock::witness(const hybrid_stamp& seen, std::uint64_t now_ms) {
  const bool ahead = seen.ms() > now_ms && seen.ms() - now_ms > max_drift_ms_;
  if (ahead && !WEFT_DEFECT("hybrid_clock.witness.any_drift")) {
    return unexpected(errc::limit_exceeded, 0, "a stamp from too far ahead of the wall time");
  }
  const bool deaf = WEFT_DEFECT("hybrid_clock.witness.forgets_the_stamp");
  return advance(deaf ? time_ : std::max(time_, seen.time), now_ms);
}

result<hybrid_clock> hybrid_clock::decode(byte_reader& in, const limits& /*bounds*/) {
  hybrid_clock clock;
  clock.time_ = in.u64_le();
  if (in.failed()) {
    return in.failure();
  }
  return clock;
}

}  // namespace weft::crdt
