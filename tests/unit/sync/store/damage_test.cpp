// SPDX-License-Identifier: MIT
// Damaged, copied, rolled back, locked and full: each gives its error, and nothing is silently
// wrong.
#include "fault_vfs.hpp"
#include "writer.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace weft;
using namespace weft::sync;
using namespace weft::test;
namespace fs = std::filesystem;

namespace {

const doc_id document = document_number(1);

fs::path memory_root() {
  return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
}

std::string read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
/// In place, so that the file keeps its inode.
void write_all(const fs::path& file, const std::string& data) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(data.data(), static_cast<std::streamsize>(data.size()));
}

/// Everything that a store gives out, for comparing.
struct content {
  std::vector<std::string> title;
  std::vector<sealed_change> changes;
  seq_vector heads;
  std::map<device_id, seq_vector> acks;
  std::size_t members = 0;
  friend bool operator==(const content&, const content&) = default;
};

result<content> content_of(const sqlite_store& s) {
  content out;
  for (const auto& d : s.documents()) out.title.push_back(d.title);
  auto changes = s.read_after(document, {}, SIZE_MAX);
  if (!changes) return changes.error();
  out.changes = *std::move(changes);
  // Signatures inside of packs are dropped, which is no difference.
  for (auto& c : out.changes) c.signature.clear();
  out.heads = counts_of(s, document);
  out.acks = s.acks(document);
  out.members = s.member_entries(document).size();
  return out;
}

/// A store with packs, rows, acks, members; closed.
void fill(const fs::path& folder, int changes, bool pack) {
  auto s = sqlite_store::open(folder);
  REQUIRE(s);
  REQUIRE((*s)->commit(new_document(document, "title")));
  const auto own = (*s)->own_replica(document);
  REQUIRE(own);
  writer ana(document, *own, 1);
  writer bea(document, replica_number(2), 2);
  for (int i = 0; i < changes; ++i) {
    writer& w = i % 3 == 0 ? bea : ana;
    w.type_at_front("text");
    REQUIRE(w.save(**s));
    if (pack && i == changes / 2) REQUIRE((*s)->compact(true));
  }
  store_txn txn;
  txn.acks.push_back({key_number(2).id(), document, {{*own, 3}}});
  REQUIRE((*s)->commit(txn));
}

/// Opens and reads. An error is fine, so is the whole content; anything else is not.
/// Returns whether the damage was seen.
bool seen_or_harmless(const fs::path& folder, const content& whole) {
  auto s = sqlite_store::open(folder);
  if (!s) {
    const sync_errc code = s.error().code;
    CHECK((code == sync_errc::corrupt || code == sync_errc::version));
    CHECK(s.error().what.size() > 40);
    return true;
  }
  const auto now = content_of(**s);
  if (!now) {
    CHECK(now.error().code == sync_errc::corrupt);
    CHECK(!(*s)->scrub().empty());
    return true;
  }
  CHECK(*now == whole);
  return false;
}

}  // namespace

TEST_CASE("a flipped bit in the database is an error or has no effect") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 60, true);
  content whole;
  {
    auto s = sqlite_store::open(folder.path());
    REQUIRE(s);
    whole = *content_of(**s);
    CHECK(whole.changes.size() == 60);
  }
  const fs::path file = folder.path() / "weft.db";
  const std::string good = read_all(file);
  std::minstd_rand random(3);
  int seen = 0;
  for (int i = 0; i < 160; ++i) {
    std::string bad = good;
    const std::size_t at = i < 100 ? static_cast<std::size_t>(i) : random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    INFO("byte " << at);
    write_all(file, bad);
    fs::remove(folder.path() / "weft.db-wal");
    if (seen_or_harmless(folder.path(), whole)) ++seen;
  }
  CHECK(seen > 40);
}

TEST_CASE("a database cut at any page is an error") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 20, true);
  const fs::path file = folder.path() / "weft.db";
  const std::string good = read_all(file);
  for (std::size_t size = 512; size < good.size(); size += 512) {
    INFO(size << " of " << good.size() << " bytes");
    write_all(file, good.substr(0, size));
    auto s = sqlite_store::open(folder.path());
    REQUIRE(!s);
    CHECK(s.error().code == sync_errc::corrupt);
    // The damaged file is kept as it is.
    CHECK(read_all(file) == good.substr(0, size));
  }
}

TEST_CASE("a flipped bit in the write-ahead log hides at most the last commit") {
  const scratch_folder folder(memory_root());
  const scratch_folder copy(memory_root());
  auto s = sqlite_store::open(folder.path());
  REQUIRE(s);
  REQUIRE((*s)->commit(new_document(document, "title")));
  writer ana(document, replica_number(1), 1);
  const int commits = 20;
  for (int i = 0; i < commits; ++i) {
    ana.type("x");
    REQUIRE(ana.save(**s));
  }
  // What a crash leaves, since nothing writes now.
  const std::string db = read_all(folder.path() / "weft.db");
  const std::string wal = read_all(folder.path() / "weft.db-wal");
  REQUIRE(wal.size() > 20 * 1024);
  std::minstd_rand random(5);
  int refused = 0;
  int whole = 0;
  int shorter = 0;
  for (int i = 0; i < 120; ++i) {
    std::string bad = wal;
    const std::size_t at = i < 32 ? static_cast<std::size_t>(i) : random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    INFO("byte " << at << " of " << wal.size());
    write_all(copy.path() / "weft.db", db);
    write_all(copy.path() / "weft.db-wal", bad);
    auto t = sqlite_store::open(copy.path());
    if (!t) {
      CHECK(t.error().code == sync_errc::corrupt);
      CHECK(read_all(copy.path() / "weft.db-wal") == bad);
      ++refused;
      continue;
    }
    const auto head = (*t)->lookup(document).head(replica_number(1));
    REQUIRE(head);
    CHECK(head->last.seq + 2 >= commits);
    (head->last.seq + 1 == commits ? whole : shorter) += 1;
    t->reset();
    fs::remove(copy.path() / "weft.lease");
  }
  CHECK(refused > 90);
}

TEST_CASE("a cut write-ahead log is a crash: a beginning of the commits, and a new replica id") {
  const scratch_folder folder(memory_root());
  const scratch_folder copy(memory_root());
  auto s = sqlite_store::open(folder.path());
  REQUIRE(s);
  REQUIRE((*s)->commit(new_document(document, "title")));
  const auto own = (*s)->own_replica(document);
  REQUIRE(own);
  writer ana(document, *own, 1);
  for (int i = 0; i < 10; ++i) {
    ana.type("x");
    REQUIRE(ana.save(**s));
  }
  const std::string db = read_all(folder.path() / "weft.db");
  const std::string wal = read_all(folder.path() / "weft.db-wal");
  for (std::size_t size = wal.size(); size > 2000; size -= std::min<std::size_t>(size, 777)) {
    write_all(copy.path() / "weft.db", db);
    write_all(copy.path() / "weft.db-wal", wal.substr(0, size));
    auto t = sqlite_store::open(copy.path());
    REQUIRE(t);
    for (const std::string& fault : (*t)->scrub()) FAIL_CHECK(fault);
    if (!(*t)->documents().empty()) CHECK(*(*t)->own_replica(document) != *own);
  }
}

TEST_CASE("files that are no store are refused and kept") {
  const scratch_folder folder(memory_root());
  const fs::path file = folder.path() / "weft.db";
  SECTION("garbage") {
    write_all(file, std::string(5000, 'g'));
    auto s = sqlite_store::open(folder.path());
    REQUIRE(!s);
    CHECK(s.error().code == sync_errc::corrupt);
    CHECK(read_all(file) == std::string(5000, 'g'));
  }
  SECTION("a few bytes") {
    write_all(file, "hello");
    CHECK(sqlite_store::open(folder.path()).error().code == sync_errc::corrupt);
    CHECK(read_all(file) == "hello");
  }
  SECTION("another program's database") {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA application_id=77; CREATE TABLE t(x)", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    const std::string before = read_all(file);
    CHECK(sqlite_store::open(folder.path()).error().code == sync_errc::corrupt);
    CHECK(read_all(file) == before);
  }
  SECTION("a newer version of ours") {
    fill(folder.path(), 3, false);
    std::string newer = read_all(file);
    newer[63] = 2;
    write_all(file, newer);
    auto s = sqlite_store::open(folder.path());
    REQUIRE(!s);
    CHECK(s.error().code == sync_errc::version);
    CHECK(read_all(file) == newer);
  }
}

TEST_CASE("an old copy restored over the newest store gets a new identity") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 5, false);
  const std::string old_db = read_all(folder.path() / "weft.db");
  const std::string old_lease = read_all(folder.path() / "weft.lease");
  replica_id own;
  store_instance instance;
  {
    auto s = sqlite_store::open(folder.path());
    REQUIRE(s);
    own = *(*s)->own_replica(document);
    instance = (*s)->instance();
    CHECK((*s)->own_replicas(document).size() == 1);
    writer w(document, own, 1);
    REQUIRE(w.resume(**s));
    w.type("newest");
    REQUIRE(w.save(**s));
  }
  const auto expect_new = [&] {
    // Also when a program that only looks opened and closed the store in between.
    CHECK(sqlite_store::open(folder.path()));
    auto s = sqlite_store::open(folder.path());
    REQUIRE(s);
    CHECK((*s)->instance() != instance);
    CHECK(*(*s)->own_replica(document) != own);
    CHECK((*s)->own_replicas(document).size() == 2);
  };
  SECTION("the database alone") {
    write_all(folder.path() / "weft.db", old_db);
    expect_new();
  }
  SECTION("database and lease, written into the same files") {
    write_all(folder.path() / "weft.db", old_db);
    write_all(folder.path() / "weft.lease", old_lease);
    expect_new();
  }
  SECTION("the lease alone") {
    write_all(folder.path() / "weft.lease", old_lease);
    expect_new();
  }
  SECTION("a lease with any flipped bit") {
    std::string lease = read_all(folder.path() / "weft.lease");
    lease[lease.size() / 2] = static_cast<char>(lease[lease.size() / 2] ^ 4);
    write_all(folder.path() / "weft.lease", lease);
    expect_new();
  }
}

TEST_CASE("a copied folder writes as somebody else, and the original goes on") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 5, false);
  const scratch_folder copy(memory_root());
  fs::copy(folder.path(), copy.path(), fs::copy_options::recursive);
  auto original = sqlite_store::open(folder.path());
  auto twin = sqlite_store::open(copy.path());
  REQUIRE(original);
  REQUIRE(twin);
  CHECK((*original)->instance() != (*twin)->instance());
  CHECK(*(*original)->own_replica(document) == (*original)->own_replicas(document).front());
  CHECK(*(*original)->own_replica(document) != *(*twin)->own_replica(document));
}

TEST_CASE("a full disk fails the commit whole, and the next one succeeds") {
  const scratch_folder folder(memory_root());
  fault_vfs faults;
  auto s = sqlite_store::open(folder.path());
  REQUIRE(s);
  REQUIRE((*s)->commit(new_document(document, "title")));
  writer ana(document, replica_number(1), 1);
  std::uint64_t saved = 0;
  const auto attempt = [&](sync_errc expected) {
    ana.type("x");
    const auto lookup = (*s)->lookup(document);
    auto sealed = ana.seal(lookup);
    REQUIRE(sealed);
    const auto before = content_of(**s);
    const auto done = ana.receive(**s, *sealed);
    faults.writes_left = -1;
    faults.syncs_left = -1;
    if (!done) {
      CHECK(done.error().code == expected);
      CHECK(done.error().what.find("nothing was saved") != std::string::npos);
      CHECK(*content_of(**s) == *before);
      const auto again = ana.receive(**s, *sealed);
      if (!again) UNSCOPED_INFO(again.error().what);
      REQUIRE(again);
    }
    ++saved;
    CHECK((*s)->lookup(document).head(replica_number(1))->last.seq + 1 == saved);
    return done.has_value();
  };
  int failed = 0;
  for (int n = 0; n < 12; ++n) {
    faults.write_code = SQLITE_FULL;
    faults.writes_left = n;
    if (!attempt(sync_errc::disk_full)) ++failed;
    faults.write_code = SQLITE_IOERR_WRITE;
    faults.writes_left = n;
    if (!attempt(sync_errc::io)) ++failed;
  }
  CHECK(failed > 6);
  faults.syncs_left = 0;
  CHECK(!attempt(sync_errc::io));
  // Compaction fails as a whole too.
  for (int n = 0; n < 30; n += 3) {
    faults.writes_left = n;
    faults.write_code = SQLITE_FULL;
    static_cast<void>((*s)->compact(true));
    faults.writes_left = -1;
    for (const std::string& fault : (*s)->scrub()) FAIL_CHECK(fault);
    attempt(sync_errc::disk_full);
  }
  s->reset();
  s = sqlite_store::open(folder.path());
  REQUIRE(s);
  CHECK((*s)->documents().front().change_count == saved);
  for (const std::string& fault : (*s)->scrub()) FAIL_CHECK(fault);
}

TEST_CASE("a real limit of the file size is a full disk too") {
  const scratch_folder folder(memory_root());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto s = sqlite_store::open(folder.path());
    if (!s || !(*s)->commit(new_document(document))) std::_Exit(1);
    const rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 1000; ++i) {
      const bytes blob(10'000, static_cast<std::uint8_t>(i));
      const auto done = (*s)->put_blob("blob" + std::to_string(i), blob);
      if (!done) std::_Exit(done.error().code == sync_errc::disk_full ? 0 : 2);
    }
    std::_Exit(3);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  auto s = sqlite_store::open(folder.path());
  REQUIRE(s);
  for (int i = 0; (*s)->get_blob("blob" + std::to_string(i)); ++i) {
    CHECK((*s)->get_blob("blob" + std::to_string(i))->front() == static_cast<std::uint8_t>(i));
  }
  CHECK((*s)->get_blob("blob0"));
}

TEST_CASE("a profile in use says so at once, and by whom") {
  const scratch_folder folder(memory_root());
  auto first = sqlite_store::open(folder.path());
  REQUIRE(first);
  const auto second = sqlite_store::open(folder.path());
  REQUIRE(!second);
  CHECK(second.error().code == sync_errc::in_use);
  CHECK(second.error().what.find(std::to_string(::getpid())) != std::string::npos);
  first->reset();
  CHECK(sqlite_store::open(folder.path()));
}

TEST_CASE("a database locked by a foreign program is in use") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 2, false);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((folder.path() / "weft.db").c_str(), &db) == SQLITE_OK);
  sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
  const auto s = sqlite_store::open(folder.path());
  REQUIRE(!s);
  CHECK(s.error().code == sync_errc::in_use);
  sqlite3_close(db);
  CHECK(sqlite_store::open(folder.path()));
}

TEST_CASE("a folder that cannot be written gives an io error") {
  const scratch_folder folder(memory_root());
  fill(folder.path(), 2, false);
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec |
                                     fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(folder.path() / "weft.db", fs::perms::owner_read | fs::perms::others_read);
  const pid_t pid = ::fork();
  if (pid == 0) {
    // Permissions do not bind root.
    if (::geteuid() == 0 && ::setuid(65534) != 0) std::_Exit(9);
    const auto s = sqlite_store::open(folder.path());
    std::_Exit(!s && s.error().code == sync_errc::io && s.error().what.size() > 40 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  fs::permissions(folder.path(), fs::perms::owner_all);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
