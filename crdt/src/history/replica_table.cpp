// SPDX-License-Identifier: MIT
#include "history/replica_table.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace weft::crdt {

namespace {

std::array<std::uint64_t, 4> random_factors() {
  std::random_device random;
  std::array<std::uint64_t, 4> out{};
  for (std::uint64_t& factor : out) {
    factor = std::uint64_t{random()} << 32U | random();
  }
  return out;
}

// The sum alone would lay ids that count up in few long chains for some factors. The high bits are
// the good ones.
std::uint64_t hash(const replica_id& id) {
  static const std::array<std::uint64_t, 4> factors = random_factors();
  std::array<std::uint32_t, 4> words{};
  std::memcpy(words.data(), id.bytes.data(), sizeof words);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    sum += factors[i] * words[i];
  }
  return (sum ^ (sum >> 32U)) * 0x9e37'79b9'7f4a'7c15U;
}

}  // namespace

// Where it is, or the free place where it would go. Pre: there are places.
std::size_t replica_table::place_of(const replica_id& id) const {
  std::size_t at = hash(id) >> shift_;
  while (places_[at] != no_index && ids_[places_[at]] != id) {
    at = (at + 1) & (places_.size() - 1);
  }
  return at;
}

replica_index replica_table::intern(const replica_id& id) {
  if (2 * (ids_.size() + 1) > places_.size()) {
    grow();
  }
  replica_index& place = places_[place_of(id)];
  if (place == no_index) {
    place = size();
    ids_.push_back(id);
  }
  return place;
}

void replica_table::grow() {
  places_.assign(std::max<std::size_t>(8, 2 * places_.size()), no_index);
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(places_.size()));
  for (replica_index r = 0; r < size(); ++r) {
    places_[place_of(ids_[r])] = r;
  }
}

// Ids leave in the reverse order of their coming, so a place that becomes free breaks no chain.
void replica_table::cut(std::uint32_t size) {
  while (ids_.size() > size) {
    places_[place_of(ids_.back())] = no_index;
    ids_.pop_back();
  }
}

std::size_t replica_table::longest_search() const {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < places_.size(); ++at) {
    if (places_[at] != no_index) {
      const std::size_t home = hash(ids_[places_[at]]) >> shift_;
      longest = std::max(longest, ((at - home) & (places_.size() - 1)) + 1);
    }
  }
  return longest;
}

void replica_table::check_invariants() const {
  for (replica_index r = 0; r < size(); ++r) {
    WEFT_ASSERT(find(ids_[r]) == r, "each id finds its number");
  }
  const auto used =
      std::count_if(places_.begin(), places_.end(), [](replica_index r) { return r != no_index; });
  WEFT_ASSERT(static_cast<std::size_t>(used) == ids_.size(), "only ids have places");
}

}  // namespace weft::crdt
