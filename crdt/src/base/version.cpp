// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/version.hpp"

#include <algorithm>

namespace weft::crdt {

std::uint32_t version_vector::count(const replica_id& replica) const noexcept {
  const auto found = counts_.find(replica);
  return found == counts_.end() ? 0 : found->second;
}

void version_vector::extend(const op_id& first, std::uint32_t length) {
  WEFT_ASSERT(first.counter == count(first.replica), "operations of a replica have no gaps");
  WEFT_ASSERT(length <= max_op_count - first.counter, "a replica makes fewer than 2^31 operations");
  if (length != 0) {
    counts_[first.replica] = first.counter + length;
  }
}

void version_vector::include(const replica_id& replica, std::uint32_t count) {
  if (count == 0) {
    return;
  }
  std::uint32_t& mine = counts_[replica];
  mine = mine < count ? count : mine;
}

bool version_vector::merge(const version_vector& other) {
  bool grew = false;
  for (const auto& [replica, count] : other.counts_) {
    std::uint32_t& mine = counts_[replica];
    if (mine < count) {
      mine = count;
      grew = true;
    }
  }
  return grew;
}

void version_vector::encode(byte_writer& out) const {
  out.varint(counts_.size());
  for (const auto& [replica, count] : counts_) {
    out.raw(byte_view{replica.bytes});
    out.varint(count);
  }
}

result<version_vector> version_vector::decode(byte_reader& in, const limits& bounds) {
  version_vector version;
  const std::size_t entries = in.count(17, "version vector");
  if (entries > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a version vector");
  }
  for (std::size_t i = 0; i < entries && !in.failed(); ++i) {
    replica_id replica;
    const byte_view id = in.raw(replica.bytes.size());
    if (in.failed()) {
      break;
    }
    std::copy(id.begin(), id.end(), replica.bytes.begin());
    const std::uint64_t count = in.varint_max(max_op_count, "count in a version vector");
    const bool ascending = version.counts_.empty() || version.counts_.rbegin()->first < replica;
    if (!in.failed() && (count == 0 || !ascending)) {
      in.fail(errc::not_canonical, "version vector");
    }
    if (!in.failed()) {
      version.counts_.emplace_hint(version.counts_.end(), replica,
                                   static_cast<std::uint32_t>(count));
    }
  }
  if (in.failed()) {
    return in.failure();
  }
  return version;
}

std::partial_ordering operator<=>(const version_vector& a, const version_vector& b) noexcept {
  bool a_has_more = false;
  bool b_has_more = false;
  auto left = a.counts_.begin();
  auto right = b.counts_.begin();
  while (left != a.counts_.end() || right != b.counts_.end()) {
    if (right == b.counts_.end() || (left != a.counts_.end() && left->first < right->first)) {
      a_has_more = true;
      ++left;
    } else if (left == a.counts_.end() || right->first < left->first) {
      b_has_more = true;
      ++right;
    } else {
      a_has_more |= left->second > right->second;
      b_has_more |= right->second > left->second;
      ++left;
      ++right;
    }
  }
  if (a_has_more && b_has_more) {
    return std::partial_ordering::unordered;
  }
  if (a_has_more) {
    return std::partial_ordering::greater;
  }
  if (b_has_more) {
    return std::partial_ordering::less;
  }
  return std::partial_ordering::equivalent;
}

}  // namespace weft::crdt
