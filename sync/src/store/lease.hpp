// SPDX-License-Identifier: MIT
// The lease: what this device knows about its store, kept outside of the database.
//
// A store that was rolled back, restored or copied must not go on writing under its old replica
// ids: the same sequence numbers would name two different changes, for ever. The database alone
// cannot tell, so a small file beside it says what it must hold, on which machine, and in which
// file. It is replaced as a whole and checksummed. It names its own inode and time of birth too,
// so that an old lease copied over the newest one is told apart. docs/internals/store.md.
#pragma once

#include "store/posix_file.hpp"
#include "store/records.hpp"
#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

namespace weft::sync::detail {

/// Number of changes of each own replica, per document.
using own_counts = std::map<std::pair<doc_id, replica_id>, std::uint64_t>;

/// What the database says of itself, and what the lease says of it.
struct store_facts {
  store_instance instance{};
  nonce16 run{};  ///< drawn at each open, written to the database and here
  file_identity database{};
  std::uint64_t next_lsn = 0;
  own_counts own;
  friend bool operator==(const store_facts&, const store_facts&) = default;
};

struct lease {
  store_facts facts;
  nonce16 run_before{};  ///< still in the database when a crash hit the opening
  digest32 machine{};
  bool clean = false;
};

enum class lease_verdict : std::uint8_t {
  fresh,       ///< no lease and an empty store: a new profile
  exact,       ///< closed cleanly and nothing changed since: replica ids may be used again
  unclean,     ///< the last run ended without close; the database is its own, and complete
  rolled_back  ///< restored, rolled back, copied, moved, or the lease is lost or damaged
};

/// Digest of the machine's own id, of zeros when it has none.
[[nodiscard]] digest32 machine_digest();

/// nullopt: missing, damaged, or not the file that was written under this name.
[[nodiscard]] std::optional<lease> read_lease(const std::filesystem::path& file);
[[nodiscard]] result<void> write_lease(const std::filesystem::path& file, const lease& l);

/// `now` is what the database holds. Pure.
[[nodiscard]] lease_verdict judge(const std::optional<lease>& l, const store_facts& now,
                                  const digest32& machine, bool store_is_empty);

}  // namespace weft::sync::detail
