// SPDX-License-Identifier: MIT
// Tables from small numbers, for the model checker: it looks up far more often than it computes.
//
// Open addressing with linear probing, a power of two of places, at most half of them used. No
// removal. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::testing::model {

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 32U)) * 0xd6e8'feb8'6659'fd93U;
  x = (x ^ (x >> 32U)) * 0xd6e8'feb8'6659'fd93U;
  return x ^ (x >> 32U);
}

/// From a 64-bit key, a pair or a fingerprint, to a 32-bit number other than `absent`.
class key_table {
public:
  static constexpr std::uint32_t absent = ~std::uint32_t{0};

  [[nodiscard]] std::uint32_t find(std::uint64_t key) const noexcept {
    return entries_[place(key)].value;
  }
  /// Brings the place of `key` nearer, for a `find` some steps later.
  void prefetch(std::uint64_t key) const noexcept {
    __builtin_prefetch(&entries_[mixed(key) & (entries_.size() - 1)]);
  }
  void insert(std::uint64_t key, std::uint32_t value) {
    if (2 * (used_ + 1) > entries_.size()) {
      std::vector<entry> old(entries_.size() * 2);
      std::swap(old, entries_);
      for (const entry& e : old) {
        if (e.value != absent) {
          entries_[place(e.key)] = e;
        }
      }
    }
    entry& e = entries_[place(key)];
    used_ += e.value == absent ? 1U : 0U;
    e = {key, value};
  }
  [[nodiscard]] std::size_t size() const noexcept { return used_; }

private:
  struct entry {
    std::uint64_t key = 0;
    std::uint32_t value = absent;
  };
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept {
    std::size_t at = mixed(key) & (entries_.size() - 1);
    while (entries_[at].key != key && entries_[at].value != absent) {
      at = (at + 1) & (entries_.size() - 1);
    }
    return at;
  }
  std::vector<entry> entries_ = std::vector<entry>(1024);
  std::size_t used_ = 0;
};

/// From a pair of 32-bit numbers to a 32-bit number.
class pair_table {
public:
  static constexpr std::uint32_t absent = key_table::absent;

  [[nodiscard]] std::uint32_t find(std::uint32_t a, std::uint32_t b) const noexcept {
    return table_.find(key(a, b));
  }
  void insert(std::uint32_t a, std::uint32_t b, std::uint32_t value) {
    table_.insert(key(a, b), value);
  }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }

private:
  static constexpr std::uint64_t key(std::uint32_t a, std::uint32_t b) noexcept {
    return std::uint64_t{a} << 32U | b;
  }
  key_table table_;
};

/// A set of 64-bit fingerprints.
class fingerprint_set {
public:
  /// False if it was there.
  bool insert(std::uint64_t print) {
    if (2 * (used_ + 1) > places_.size()) {
      std::vector<std::uint64_t> old(places_.size() * 2);
      std::swap(old, places_);
      for (const std::uint64_t p : old) {
        if (p != 0) {
          places_[place(p)] = p;
        }
      }
    }
    print += print == 0 ? 1 : 0;
    std::uint64_t& at = places_[place(print)];
    const bool fresh = at == 0;
    used_ += fresh ? 1U : 0U;
    at = print;
    return fresh;
  }
  [[nodiscard]] std::size_t size() const noexcept { return used_; }

private:
  [[nodiscard]] std::size_t place(std::uint64_t print) const noexcept {
    std::size_t at = mixed(print) & (places_.size() - 1);
    while (places_[at] != print && places_[at] != 0) {
      at = (at + 1) & (places_.size() - 1);
    }
    return at;
  }
  std::vector<std::uint64_t> places_ = std::vector<std::uint64_t>(1024);
  std::size_t used_ = 0;
};

/// Numbers strings of bytes from 0 on, each once. Keeps them.
class bytes_table {
public:
  struct place_of {
    std::uint32_t number = 0;
    bool fresh = false;
  };
  place_of insert(std::string_view data) {
    if (2 * (kept_.size() + 1) > entries_.size()) {
      grow();
    }
    const std::uint64_t hash = std::hash<std::string_view>{}(data);
    std::size_t at = hash & (entries_.size() - 1);
    while (entries_[at].number != free) {
      if (entries_[at].hash == hash && kept_[entries_[at].number] == data) {
        return {entries_[at].number, false};
      }
      at = (at + 1) & (entries_.size() - 1);
    }
    entries_[at] = {hash, static_cast<std::uint32_t>(kept_.size())};
    kept_.push_back(keep(data));
    return {entries_[at].number, true};
  }
  template <class F>
  void for_each_hash(F&& f) const {
    for (const entry& e : entries_) {
      if (e.number != free) {
        f(e.hash);
      }
    }
  }

private:
  static constexpr std::uint32_t free = ~std::uint32_t{0};
  static constexpr std::size_t chunk_size = std::size_t{1} << 16U;
  struct entry {
    std::uint64_t hash = 0;
    std::uint32_t number = free;
  };
  std::string_view keep(std::string_view data) {
    if (data.size() > room_) {
      room_ = std::max(chunk_size, data.size());
      chunks_.push_back(std::make_unique<char[]>(room_));
      next_ = chunks_.back().get();
    }
    char* const first = next_;
    std::copy(data.begin(), data.end(), first);
    next_ += data.size();
    room_ -= data.size();
    return {first, data.size()};
  }
  void grow() {
    std::vector<entry> old(entries_.size() * 2);
    std::swap(old, entries_);
    for (const entry& e : old) {
      if (e.number != free) {
        std::size_t at = e.hash & (entries_.size() - 1);
        while (entries_[at].number != free) {
          at = (at + 1) & (entries_.size() - 1);
        }
        entries_[at] = e;
      }
    }
  }
  std::vector<entry> entries_ = std::vector<entry>(1024);
  std::vector<std::string_view> kept_;  // by number
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t room_ = 0;
};

}  // namespace weft::testing::model
