// SPDX-License-Identifier: MIT
// container_table: the containers of a document, found by path or by index.
//
// Invariant: a parent has a smaller index than its children, and is a map.
// Not thread-safe.
#pragma once

#include "content/counter_state.hpp"
#include "content/map_state.hpp"
#include "content/text_state.hpp"
#include "weft/crdt/document/event.hpp"
#include "weft/crdt/document/value.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace weft::crdt {

inline constexpr container_index no_container = 0xffff'ffffU;

struct container_record {
  container_type type = container_type::text;
  container_index parent = no_container;
  std::uint32_t depth = 0;
  std::string key;  ///< name of a root, key of an ensured child
  std::unique_ptr<text_state> text;
  std::unique_ptr<map_state> map;
  std::unique_ptr<counter_state> counter;
  std::vector<container_index> children;
  std::uint32_t event_slot = no_container;  ///< its place in the event being gathered
};

class container_table {
public:
  [[nodiscard]] container_record& operator[](container_index i) { return records_[i]; }
  [[nodiscard]] const container_record& operator[](container_index i) const { return records_[i]; }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(records_.size());
  }
  /// Finds or adds. `parent` is no_container for a root. O(log containers).
  container_index intern(container_type type, container_index parent, std::string_view key);
  /// no_container if it is not there.
  [[nodiscard]] container_index find(container_type type, container_index parent,
                                     std::string_view key) const;
  /// Removes the containers from `size` on, which hold nothing.
  void truncate(std::uint32_t size);
  /// Gives every container a fresh, empty state.
  void clear_states();

private:
  using path = std::tuple<container_index, container_type, std::string>;
  using path_view = std::tuple<container_index, container_type, std::string_view>;
  struct less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return path_view(a) < path_view(b);
    }
  };
  static void make_state(container_record& record);

  std::vector<container_record> records_;
  std::map<path, container_index, less> by_path_;
};

}  // namespace weft::crdt
