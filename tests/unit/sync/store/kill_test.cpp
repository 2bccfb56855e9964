// SPDX-License-Identifier: MIT
// Kills real processes that write in a store, hundreds of times on the same growing store.
//
// A child opens the store and commits a seeded workload. Before each commit it says over a pipe
// what the commit holds ("try"), and when commit() has returned that it is saved. The parent sends
// SIGKILL at random moments. The next child says what it found, and the parent checks: the digest
// of the log is that of the last saved transaction, or of the one that was under way, never
// anything between; no (replica, sequence number) is ever written twice; the walk over the whole
// store finds nothing wrong. Run with a seed as argument to repeat one.
#include "writer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <poll.h>
#include <random>
#include <set>
#include <sstream>
#include <sys/wait.h>

using namespace weft;
using namespace weft::sync;
using namespace weft::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

constexpr int wanted_kills = sanitized ? 40 : 220;
constexpr int report_fd = 3;
const doc_id document = document_number(1);

std::string hex(byte_view in) {
  std::string out;
  char digits[3];
  for (const std::uint8_t b : in) {
    std::snprintf(digits, sizeof digits, "%02x", b);
    out += digits;
  }
  return out;
}

// The child.

void report(const std::string& line) {
  const std::string whole = line + "\n";
  // Up to 4096 bytes reach the pipe wholly or not at all.
  if (::write(report_fd, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
    std::_Exit(3);
  }
}

template <class T>
T must(result<T> r) {
  if (!r) {
    report("error " + r.error().what);
    std::_Exit(2);
  }
  return *std::move(r);
}
void must(const result<void>& r) {
  if (!r) {
    report("error " + r.error().what);
    std::_Exit(2);
  }
}

class child {
public:
  child(const std::filesystem::path& folder, unsigned seed)
      : random_(seed), store_(must(sqlite_store::open(folder))) {
    if (store_->documents().empty()) must(store_->commit(new_document(document, "0")));
    const stored_doc doc = store_->documents().front();
    number_ = std::stoull(doc.title);
    digest_ = doc.log_digest;
    report("open " + doc.title + " " + hex(doc.log_digest) + " " +
           std::to_string(doc.change_count));
    const replica_id own = must(store_->own_replica(document));
    // A second device, whose changes arrive through this store.
    replica_id other;
    random_bytes(other.bytes);
    writers_.emplace_back(document, own, std::uint8_t{1});
    writers_.emplace_back(document, other, std::uint8_t{2});
    if (store_->lookup(document).head(own)) {
      report("again " + to_string(own));
      must(writers_.front().resume(*store_));
    }
  }

  void step() {
    if (random_() % 60 == 0) {
      report("pack");
      must(store_->compact(random_() % 2 == 0));
      report("packed");
    }
    if (random_() % 3 == 0) exchange();
    store_txn txn;
    txn.changes.push_back({document, {}});
    ++number_;
    std::ostringstream line;
    const std::size_t first = random_() % 2;
    add_changes(writers_[first], txn.changes.front().changes, line);
    if (random_() % 3 == 0) add_changes(writers_[1 - first], txn.changes.front().changes, line);
    txn.titles.push_back({document, std::to_string(number_)});
    txn.acks.push_back({key_number(2).id(), document, {{replica_number(1), number_}}});
    if (random_() % 5 == 0) {
      txn.quarantine.push_back({document, key_number(3).id(), "test", bytes(100, 7)});
    }
    digest32 digest = digest_;
    for (const checked_change& c : txn.changes.front().changes) add_to_digest(digest, c.meta.hash);
    report("try " + std::to_string(number_) + " " + hex(digest) + line.str());
    must(store_->commit(txn));
    report("saved " + std::to_string(number_));
    digest_ = digest;
  }

  void finish() {
    store_->close();
    report("closed");
  }

private:
  void add_changes(writer& w, std::vector<checked_change>& to, std::ostringstream& line) {
    w.type_at_front(std::string(1 + random_() % 3, static_cast<char>('a' + number_ % 26)));
    const auto lookup = store_->lookup(document);
    for (checked_change& c : must(check_batch(document, must(w.seal(lookup)), lookup))) {
      line << ' ' << to_string(c.meta.replica) << ' ' << c.meta.seq << ' ' << hex(c.meta.hash);
      to.push_back(std::move(c));
    }
  }

  /// Each of the two engines gets what the other one has sealed, so that deps cross.
  void exchange() {
    const auto a = writers_[0].doc().export_updates();
    const auto b = writers_[1].doc().export_updates();
    if (!writers_[0].doc().import(b) || !writers_[1].doc().import(a)) std::_Exit(4);
  }

  std::minstd_rand random_;
  std::unique_ptr<sqlite_store> store_;
  std::uint64_t number_ = 0;
  digest32 digest_{};
  std::vector<writer> writers_;
};

int run_child(const char* folder, unsigned seed, int steps) {
  report("start");
  child c(folder, seed);
  for (int i = 0; steps == 0 || i < steps; ++i) c.step();
  c.finish();
  return 0;
}

// The parent.

struct found_state {
  std::string number;
  std::string digest;
  friend bool operator==(const found_state&, const found_state&) = default;
};

class ledger {
public:
  /// One line of a child. False: something is wrong, and said.
  bool take(const std::string& text) {
    std::istringstream in(text);
    std::string word;
    in >> word;
    if (word == "open") return opened(in);
    if (word == "try") return tried(in);
    if (word == "saved") {
      saved_ = *attempt_;
      attempt_.reset();
      for (const auto& entry : attempt_changes_) durable_.insert(entry);
      attempt_changes_.clear();
      ++commits;
    } else if (word == "pack") {
      packing_ = true;
    } else if (word == "packed") {
      packing_ = false;
    } else if (word == "again") {
      ++continued;
    } else if (word == "error") {
      return fail(text);
    }
    return true;
  }
  void killed() {
    if (packing_) ++kills_in_pack;
    if (attempt_) ++kills_in_commit;
    packing_ = false;
  }
  [[nodiscard]] const std::map<std::pair<std::string, std::uint64_t>, std::string>& durable()
      const {
    return durable_;
  }
  [[nodiscard]] const std::optional<found_state>& saved() const { return saved_; }

  std::uint64_t commits = 0;
  int kills_in_pack = 0;
  int kills_in_commit = 0;
  int continued = 0;

private:
  static bool fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    return false;
  }

  bool opened(std::istringstream& in) {
    found_state found;
    in >> found.number >> found.digest;
    if (!saved_) {
      saved_ = found;
      return found.number == "0" || fail("a new store is not empty");
    }
    if (attempt_ && found == *attempt_) {
      // Committed, but killed before it could say so.
      for (const auto& entry : attempt_changes_) durable_.insert(entry);
    } else if (found != *saved_) {
      return fail("found transaction " + found.number + " with digest " + found.digest +
                  ", but saved was " + saved_->number + " with digest " + saved_->digest);
    }
    saved_ = found;
    attempt_.reset();
    attempt_changes_.clear();
    return true;
  }

  bool tried(std::istringstream& in) {
    found_state next;
    in >> next.number >> next.digest;
    attempt_ = next;
    std::string replica;
    std::string hash;
    std::uint64_t seq = 0;
    while (in >> replica >> seq >> hash) {
      if (!written_.insert({replica, seq}).second) {
        return fail("sequence number " + std::to_string(seq) + " of " + replica + " is used twice");
      }
      attempt_changes_[{replica, seq}] = hash;
    }
    return true;
  }

  std::optional<found_state> saved_;
  std::optional<found_state> attempt_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> attempt_changes_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> durable_;
  std::set<std::pair<std::string, std::uint64_t>> written_;
  bool packing_ = false;
};

using clock_type = std::chrono::steady_clock;

/// Whole lines from a pipe.
class line_source {
public:
  explicit line_source(int fd) : fd_(fd) {}
  /// Reads until `until` or the end of the pipe; false at the end.
  bool pump(clock_type::time_point until, const std::function<void(const std::string&)>& take) {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - clock_type::now()).count();
      pollfd p{fd_, POLLIN, 0};
      const int ready = ::poll(&p, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return true;
      char part[65536];
      const ssize_t got = ::read(fd_, part, sizeof part);
      if (got <= 0) return false;
      for (const char c : std::string_view(part, static_cast<std::size_t>(got))) {
        if (c != '\n') {
          line_ += c;
          continue;
        }
        take(std::exchange(line_, {}));
      }
    }
  }

private:
  int fd_;
  std::string line_;
};

pid_t spawn(const std::filesystem::path& folder, unsigned seed, int steps, int& read_end) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const std::string seed_text = std::to_string(seed);
  const std::string steps_text = std::to_string(steps);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], report_fd);
    if (ends[0] != report_fd) ::close(ends[0]);
    if (ends[1] != report_fd) ::close(ends[1]);
    ::execl("/proc/self/exe", "kill_test", "child", folder.c_str(), seed_text.c_str(),
            steps_text.c_str(), static_cast<char*>(nullptr));
    std::_Exit(9);
  }
  ::close(ends[1]);
  read_end = ends[0];
  return pid;
}

/// One life of a child; false when the ledger found a fault.
bool one_life(const std::filesystem::path& folder, ledger& book, std::minstd_rand& random,
              bool clean, int longest_ms) {
  int fd = -1;
  const pid_t pid = spawn(folder, static_cast<unsigned>(random()), clean ? 5 : 0, fd);
  line_source lines(fd);
  bool good = true;
  bool started = false;
  const auto take = [&](const std::string& line) {
    started = true;
    good = good && book.take(line);
  };
  bool open = true;
  if (clean) {
    open = lines.pump(clock_type::now() + std::chrono::seconds(60), take);
  } else {
    // Most lives are counted from the first line, some from the start of the process.
    const auto patience = clock_type::now() + std::chrono::seconds(30);
    while (open && !started && random() % 8 != 0 && clock_type::now() < patience) {
      open = lines.pump(clock_type::now() + std::chrono::milliseconds(2), take);
    }
    const auto us =
        std::chrono::microseconds(random() % (1000 * static_cast<unsigned>(longest_ms)));
    if (open) open = lines.pump(clock_type::now() + us, take);
  }
  ::kill(pid, SIGKILL);
  lines.pump(clock_type::now() + std::chrono::seconds(60), take);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ::close(fd);
  const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!clean) book.killed();
  if (clean && !ended_well) {
    std::fprintf(stderr, "a child that should close ended with status %d\n", status);
    return false;
  }
  return good;
}

/// Opens the store in this process and looks at everything.
bool check_store(const std::filesystem::path& folder, const ledger& book) {
  auto s = sqlite_store::open(folder);
  if (!s) {
    std::fprintf(stderr, "%s\n", s.error().what.c_str());
    return false;
  }
  bool good = true;
  for (const std::string& fault : (*s)->scrub()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    good = false;
  }
  std::map<std::pair<std::string, std::uint64_t>, std::string> there;
  auto all = (*s)->read_after(document, {}, SIZE_MAX);
  if (!all) return false;
  for (const auto& c : *all) {
    there[{to_string(c.header.replica), c.header.seq}] = hex(hash_of(c.header));
  }
  for (const auto& [name, hash] : book.durable()) {
    const auto found = there.find(name);
    if (found == there.end() || found->second != hash) {
      std::fprintf(stderr, "change %llu of %s was saved and is gone\n",
                   static_cast<unsigned long long>(name.second), name.first.c_str());
      good = false;
    }
  }
  return good;
}

int run_parent(unsigned seed) {
  std::printf("seed %u\n", seed);
  std::minstd_rand random(seed);
  // Processes are killed here, not disks: a file system in memory shows the same and is quicker.
  const std::filesystem::path memory = "/dev/shm";
  const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
  const scratch_folder folder(has_memory ? memory : std::filesystem::temp_directory_path());
  ledger book;
  int longest_ms = sanitized ? 150 : 20;
  for (int kills = 0, lives = 0; kills < wanted_kills; ++lives) {
    // Two in a row: the second one goes on under the id of the first.
    const bool clean = lives % 24 == 5 || lives % 24 == 6;
    const std::uint64_t before = book.commits;
    if (!one_life(folder.path(), book, random, clean, longest_ms)) {
      std::fprintf(stderr, "life %d: repeat with: kill_test %u\n", lives, seed);
      return 1;
    }
    if (!clean) ++kills;
    // On a busy machine children need longer to get anywhere.
    if (lives % 4 == 3 && book.commits == before && longest_ms < 1000) longest_ms += longest_ms / 4;
    if (lives % 100 == 99 && !check_store(folder.path(), book)) return 1;
  }
  if (!check_store(folder.path(), book)) return 1;
  std::printf(
      "%d kills: %llu transactions saved, %zu changes, %d kills inside a commit, %d inside "
      "a compaction, %d times the id was used again\n",
      wanted_kills, static_cast<unsigned long long>(book.commits), book.durable().size(),
      book.kills_in_commit, book.kills_in_pack, book.continued);
  // A run that never got anywhere proves nothing.
  const bool telling = book.commits >= static_cast<std::uint64_t>(wanted_kills) &&
                       book.kills_in_commit > 0 && book.continued > 0;
  if (!telling) std::fprintf(stderr, "too little was written for the kills to mean anything\n");
  return telling ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "child") == 0) {
    return run_child(argv[2], static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)),
                     std::atoi(argv[4]));
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return run_parent(argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10))
                             : static_cast<unsigned>(now));
}
