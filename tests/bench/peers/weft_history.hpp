// SPDX-License-Identifier: MIT
// Makes the history of a trace with real replicas, one per agent, and keeps its files.
#pragma once

#include "trace/trace.hpp"
#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// One call of the text: at `position` erase, then insert.
struct edit {
  std::uint32_t position = 0;
  std::uint32_t erased = 0;
  std::string_view inserted;
};

/// All patches of a trace in order, and where each transaction ends.
struct edit_list {
  std::vector<edit> edits;
  std::vector<std::uint32_t> ends;
};
[[nodiscard]] edit_list edits_of(const app::trace& t);

inline void apply_edits(crdt::text& target, std::span<const edit> edits) {
  for (const edit& e : edits) {
    if (e.inserted.empty()) {
      target.erase(crdt::scalar_pos{e.position}, e.erased);
    } else if (e.erased == 0) {
      target.insert(crdt::scalar_pos{e.position}, e.inserted);
    } else {
      target.replace(crdt::scalar_pos{e.position}, e.erased, e.inserted);
    }
  }
}

/// One committed transaction, and the update that carries it.
[[nodiscard]] crdt::bytes commit_encoded(crdt::document& d, std::span<const edit> edits);

/// The id of writer `index`: as long as random ones, the same in each run. Ids ascend with the
/// index, since traces were recorded so that ties fall to the agents in this order.
[[nodiscard]] crdt::replica_id writer_id(std::uint64_t index);
/// Somebody who wrote nothing yet.
[[nodiscard]] crdt::replica_id reader_id();

struct made_history {
  crdt::document whole;
  std::vector<crdt::bytes> updates;  // one per transaction
};
[[nodiscard]] made_history make_history(const app::trace& t);

/// The folder of one peer and trace.
class work_files {
public:
  explicit work_files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const char* name, crdt::byte_view data) const;
  [[nodiscard]] crdt::bytes read(const char* name) const;
  [[nodiscard]] std::string read_text() const;
  void write_stream(const std::vector<crdt::bytes>& updates) const;
  [[nodiscard]] std::vector<crdt::bytes> read_stream() const;

private:
  std::filesystem::path folder_;
};

}  // namespace weft::bench
