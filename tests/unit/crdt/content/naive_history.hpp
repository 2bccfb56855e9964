// SPDX-License-Identifier: MIT
// A slow model of one text edited by several replicas, atom by atom, for the tests of text_state.
//
// The order of elements comes from the tree definition of FugueMax, built anew for each insertion;
// what a replica sees is found by walking all elements. Nothing here is shared with the library.
#pragma once

#include "content/sequence_run.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace weft::crdt::test {

/// One run as its author made it. Operations are named by (replica, counter).
struct authored_run {
  using name = std::pair<unsigned, std::uint32_t>;
  unsigned replica = 0;
  std::uint32_t counter = 0;
  std::vector<name> parents;
  bool elsewhere = false;  ///< in another container
  run_kind kind = run_kind::insert;
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  std::string text;
};

class naive_history {
public:
  naive_history(unsigned replicas, std::uint32_t seed);

  /// `replica` learns all that `from` knows.
  void learn(unsigned replica, unsigned from);
  void insert(unsigned replica, std::uint32_t position, const std::u32string& text);
  /// Deletes [position, position + length); backwards if asked, one at a time.
  void erase(unsigned replica, std::uint32_t position, std::uint32_t length, bool backward);
  void edit_elsewhere(unsigned replica, std::uint32_t length);
  /// One random step of one replica.
  void random_step();

  [[nodiscard]] const std::vector<authored_run>& runs() const { return runs_; }
  /// What `replica` sees, and what someone sees who knows the first `operations` that were made.
  [[nodiscard]] std::string text_of(unsigned replica) const;
  [[nodiscard]] std::string text_after(std::size_t operations) const;
  [[nodiscard]] std::uint32_t length_of(unsigned replica) const;
  [[nodiscard]] std::size_t operations() const { return operations_.size(); }
  [[nodiscard]] std::vector<authored_run::name> frontier_of(unsigned replica) const;
  /// The order of all elements as operation numbers; made for tests of the order rule.
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

private:
  static constexpr std::size_t start = ~std::size_t{0};
  static constexpr std::size_t end = ~std::size_t{0} - 1;
  struct operation {
    unsigned replica = 0;
    std::uint32_t counter = 0;
    std::vector<std::size_t> parents;
    bool inserts = false;
    char32_t scalar = 0;
    std::size_t left = start;
    std::size_t right = end;
    std::size_t erases = start;
  };
  using known_set = std::vector<bool>;

  void begin_run(unsigned replica, run_kind kind, std::uint32_t position, std::uint32_t length);
  std::size_t add(unsigned replica);
  void place(std::size_t fresh);
  void walk(std::size_t at, std::vector<std::size_t>& out) const;
  [[nodiscard]] std::size_t rank_in_list(std::size_t element) const;
  [[nodiscard]] std::vector<std::size_t> visible_to(const known_set& known) const;
  [[nodiscard]] std::vector<std::size_t> heads_of(unsigned replica) const;
  [[nodiscard]] std::string text_of(const known_set& known) const;

  std::mt19937 random_;
  std::vector<operation> operations_;
  std::vector<std::size_t> order_;
  std::vector<known_set> known_;
  std::vector<std::uint32_t> counters_;
  std::vector<authored_run> runs_;
};

}  // namespace weft::crdt::test
