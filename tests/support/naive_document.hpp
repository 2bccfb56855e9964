// SPDX-License-Identifier: MIT
// Slow twin of the document: a set of single operations, and what that set shows.
//
// A naive_world holds every operation that any replica ever made, with explicit neighbours and
// causal past. A naive_document is one replica: the set of operations it knows. Texts are naive
// lists; maps and counters are computed anew from the set at each question. Not thread-safe.
#pragma once

#include "support/naive_graph.hpp"
#include "support/naive_list.hpp"
#include "support/naive_walker.hpp"
#include "weft/crdt/document/value.hpp"
#include "weft/crdt/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// Names a container: a root, then the key and type of each child on the way.
struct container_path {
  crdt::container_type root_type = crdt::container_type::text;
  std::string root;
  std::vector<std::pair<std::string, crdt::container_type>> steps;

  [[nodiscard]] crdt::container_type type() const {
    return steps.empty() ? root_type : steps.back().second;
  }
  [[nodiscard]] container_path child(std::string key, crdt::container_type type) const;
  /// The map that holds it and its key there. Pre: no root.
  [[nodiscard]] container_path parent() const;
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const container_path&, const container_path&) = default;
};

/// `rest`: an operation whose meaning another one beside it already has (the parts of a reset).
enum class op_kind { insert, erase, map_set, map_erase, ensure, add, rest };

struct world_op {
  crdt::op_id id{};
  op_kind kind = op_kind::insert;
  container_path where;
  std::uint32_t position = 0;  ///< insert, erase: in the text that the author saw
  char32_t scalar = 0;
  std::optional<crdt::op_id> left, right;  ///< insert: the neighbours
  crdt::op_id target{};                    ///< erase: the item that goes
  std::string key;
  crdt::value shown;  ///< map_set: the value; ensure: the child
  std::int64_t amount = 0;
};

struct naive_world {
  std::vector<world_op> ops;  ///< indexed by node
  naive_graph graph;
  std::map<crdt::op_id, node> index;

  node add(world_op op, const std::vector<node>& parents);
  [[nodiscard]] std::uint32_t count(const crdt::replica_id& replica) const;
};

class naive_document {
public:
  naive_document(naive_world& world, const crdt::replica_id& self) : world_(&world), self_(self) {}

  void set_replica(const crdt::replica_id& self) { self_ = self; }
  [[nodiscard]] const crdt::replica_id& replica() const { return self_; }

  // Local edits: one operation per scalar, one per call otherwise.
  void insert(const container_path& where, std::uint32_t position, std::u32string_view scalars);
  void erase(const container_path& where, std::uint32_t position, std::uint32_t count);
  void map_set(const container_path& where, const std::string& key, crdt::value v);
  /// No operation if the key shows nothing.
  void map_erase(const container_path& where, const std::string& key);
  /// No operation if the key shows that child.
  void ensure(const container_path& where, const std::string& key, crdt::container_type type);
  void add(const container_path& where, std::int64_t amount);
  /// An operation that shows nothing by itself.
  void add_rest(const container_path& where);

  // Operations of others.
  [[nodiscard]] bool knows(node n) const { return has(known_, n); }
  /// Are all of its parents here?
  [[nodiscard]] bool ready(node n) const;
  /// Pre: ready and not known.
  void receive(node n);

  // What is shown.
  [[nodiscard]] const node_set& known() const { return known_; }
  [[nodiscard]] const std::vector<node>& frontier() const { return frontier_; }
  [[nodiscard]] std::map<crdt::replica_id, std::uint32_t> counts() const;
  [[nodiscard]] std::u32string text(const container_path& where) const;
  [[nodiscard]] std::map<std::string, crdt::value> entries(const container_path& where) const;
  [[nodiscard]] std::int64_t sum(const container_path& where) const;
  /// Every item of a text in list order; `erased` is true for all that do not show.
  [[nodiscard]] std::vector<list_item> items(const container_path& where) const;
  [[nodiscard]] std::vector<list_item> visible_items(const container_path& where) const;
  /// Was that character ever inserted into the text?
  [[nodiscard]] bool find_scalar(const container_path& where, char32_t scalar) const;
  /// The children that maps show, below the given map, at all depths.
  [[nodiscard]] std::vector<container_path> children(const container_path& map) const;
  /// The operations on one text as positions, for the naive walker.
  [[nodiscard]] std::vector<walk_op> walk_ops(const container_path& where) const;

private:
  void commit(world_op op);
  [[nodiscard]] bool hidden(node n) const;

  naive_world* world_;
  crdt::replica_id self_;
  node_set known_;
  std::vector<node> frontier_;
  std::map<container_path, naive_list> lists_;
};

}  // namespace weft::test
