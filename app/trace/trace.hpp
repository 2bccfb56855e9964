// SPDX-License-Identifier: MIT
// An editing trace: the recorded history of one text, as public benchmarks exchange it.
//
// A sequential trace is one line of transactions. In a concurrent one each transaction names its
// parents, and its positions are valid only in the merge of exactly these. Agent k of a trace is
// the replica whose id is k as a number.
//
// Invariants of a trace that was read: patches and parents of the transactions lie one after the
// other in the shared vectors; parents are earlier, distinct and ascending; agents are below
// `agents`; all text is valid UTF-8. Positions are checked where they are applied.
// Plain values; concurrent reads are safe.
#pragma once

#include "weft/crdt/document/text.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weft::app {

/// What is wrong with a trace and where; one line, ready to be shown after the file's name.
class trace_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The file itself could not be read or written.
class trace_io_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

enum class trace_kind : std::uint8_t { sequential, concurrent };

/// At `position` remove `erased` scalars, then insert the text. Units are Unicode scalars.
struct trace_patch {
  std::uint32_t position = 0;
  std::uint32_t erased = 0;
  std::uint64_t text_first = 0;  ///< offset in trace::texts
  std::uint32_t text_bytes = 0;
};

struct trace_transaction {
  std::uint32_t first_patch = 0;
  std::uint32_t patch_count = 0;
  std::uint32_t first_parent = 0;
  std::uint32_t parent_count = 0;
  std::uint32_t agent = 0;
  std::int64_t wall_ms = 0;  ///< since 1970; 0: not recorded
};

struct trace {
  trace_kind kind = trace_kind::sequential;
  std::uint32_t agents = 1;
  std::string end_content;
  std::string texts;  ///< all inserted text, one after the other
  std::vector<trace_patch> patches;
  std::vector<std::uint32_t> parents;
  std::vector<trace_transaction> transactions;

  [[nodiscard]] std::string_view text_of(const trace_patch& p) const {
    return std::string_view(texts).substr(p.text_first, p.text_bytes);
  }
  [[nodiscard]] std::span<const trace_patch> patches_of(const trace_transaction& t) const {
    return std::span(patches).subspan(t.first_patch, t.patch_count);
  }
  [[nodiscard]] std::span<const std::uint32_t> parents_of(const trace_transaction& t) const {
    return std::span(parents).subspan(t.first_parent, t.parent_count);
  }

  /// Appends a transaction; used by writers of traces and by tests. The patches come after.
  void add_transaction(std::uint32_t agent, std::span<const std::uint32_t> its_parents);
  /// Appends a patch to the last transaction. Pre: there is one.
  void add_patch(std::uint32_t position, std::uint32_t erased, std::string_view inserted);
};

/// Applies transaction `index` to a text that stands at its parents, one call per patch. Throws
/// trace_error, naming the place, when a position is outside of the text; patches before it stay.
void apply_transaction(const trace& from, std::size_t index, crdt::text target);

}  // namespace weft::app
