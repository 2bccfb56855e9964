// SPDX-License-Identifier: MIT
// Makes histories without merging them, so that preparing a row costs linear time whatever the
// engine does: bodies come from a scratch document, who had seen what is said here.
#pragma once

#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

inline constexpr const char* text_name = "t";

/// splitmix64.
class random_source {
public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// Pre: end > 0.
  std::uint32_t below(std::uint64_t end) { return static_cast<std::uint32_t>(next() % end); }

private:
  std::uint64_t state_;
};

/// Bodies of single edits at any place of a long text.
class body_maker {
public:
  explicit body_maker(std::uint32_t longest);
  [[nodiscard]] crdt::bytes insert(std::uint32_t at, std::string_view text);
  [[nodiscard]] crdt::bytes erase(std::uint32_t at, std::uint32_t count);

private:
  crdt::bytes last_change(std::uint32_t before);
  crdt::document doc_;
  std::uint32_t longest_;
};

/// Writes changes of many replicas with the parents that it is told.
class history_maker {
public:
  explicit history_maker(std::uint32_t longest) : bodies_(longest) {}

  /// Appends a change of `length` operations. `parents`: places of changes in `changes()`, sorted
  /// out by the caller so that they are pairwise concurrent; they mean their last operations.
  std::size_t add(std::uint64_t replica, const std::vector<std::size_t>& parents, crdt::bytes body,
                  std::uint32_t length);
  std::size_t insert(std::uint64_t replica, const std::vector<std::size_t>& parents,
                     std::uint32_t at, std::string_view text);
  std::size_t erase(std::uint64_t replica, const std::vector<std::size_t>& parents,
                    std::uint32_t at, std::uint32_t count);
  [[nodiscard]] const std::vector<crdt::change>& changes() const { return changes_; }
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

private:
  body_maker bodies_;
  std::vector<crdt::change> changes_;
  std::map<std::uint64_t, std::uint32_t> counters_;
  std::uint64_t operations_ = 0;
};

/// Imports or ends the program: a history of ours that does not import is a fault of this program.
void import_all(crdt::document& to, std::span<const crdt::change> changes);
void import_update(crdt::document& to, crdt::byte_view update);

[[nodiscard]] crdt::document fresh_document(std::uint64_t id);

/// Every odd word another text; `n` characters.
[[nodiscard]] std::string words(std::uint64_t n);

}  // namespace weft::bench
