// SPDX-License-Identifier: MIT
// A map container: keys to plain values or child containers, last writer wins per key.
//
// The greater (lamport, replica id) wins among concurrent writes of a key. `ensure` gives all
// creators the same child; erasing (or overwriting) it resets the child: it then shows only what
// the erasure had not seen.
#pragma once

#include "weft/crdt/document/event.hpp"
#include "weft/crdt/document/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weft::crdt {

class document;
class text;
class counter;

/// Handle; see text.hpp for what that means.
class map {
public:
  /// Pre: `key` is valid UTF-8 of at most 64 KiB; `v` is no child_ref (use ensure).
  void set(std::string_view key, value v);
  /// Removes the key, and resets an ensured child there. No operation if the key shows nothing.
  void erase(std::string_view key);
  /// What the key shows. O(log keys).
  [[nodiscard]] std::optional<value> get(std::string_view key) const;
  [[nodiscard]] bool contains(std::string_view key) const;
  [[nodiscard]] std::size_t size() const;
  /// Keys ascend bytewise.
  void for_each(const std::function<void(std::string_view key, const value&)>& f) const;

  /// The child of that type under `key`, made visible if it is not. Concurrent callers get the same
  /// container. Makes an operation only when the key does not already show this child.
  text ensure_text(std::string_view key);
  map ensure_map(std::string_view key);
  counter ensure_counter(std::string_view key);

  [[nodiscard]] container_index index() const noexcept { return index_; }

private:
  friend class document;
  map(document& owner, container_index index) noexcept : owner_(&owner), index_(index) {}
  document* owner_;
  container_index index_;
};

}  // namespace weft::crdt
