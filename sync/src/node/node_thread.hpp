// SPDX-License-Identifier: MIT
// The node's own thread: protocol core, sockets and store, one event after the other.
//
// Constructed and destroyed on the application thread; while it lives, the parts are touched only
// by tasks on its own thread (`call`, `post`). Reports are made on that thread and must only hand
// on. A commit runs as a task of its own, so that what was queued meanwhile shares the next one.
#pragma once

#include "net/event_loop.hpp"
#include "net/transport.hpp"
#include "weft/sync/core.hpp"
#include "weft/sync/store.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace weft::sync {

struct thread_reports {
  std::function<void(const doc_id&, std::vector<checked_change>)> deliver;
  std::function<void(const doc_id&)> saved;
  std::function<void(doc_status)> status;
  std::function<void(const doc_id&, const replica_id&, const device_id&, bytes)> presence;
  std::function<void(const doc_id&, std::shared_ptr<const membership>)> members;
  std::function<void()> documents;
  std::function<void(const doc_id&, std::optional<sync_error>)> joined;
  std::function<void(std::string)> log;
};

/// How far a document is on disk; shared with threads that wait for it.
struct save_progress {
  std::mutex mutex;
  std::condition_variable changed;
  seq_vector saved;
  std::optional<sync_error> trouble;
  bool closed = false;
};

/// What a delivered change counts in the mailbox of its document.
[[nodiscard]] inline std::size_t mailbox_size(const checked_change& c) noexcept {
  return c.sealed.body.size() + sizeof(checked_change);
}

/// What the application's side starts with.
struct attached_document {
  replica_id self{};
  std::vector<checked_change> changes;  ///< all of them, causal order
  std::shared_ptr<save_progress> progress;
  std::shared_ptr<const membership> members;
  doc_status status;
  std::string title;
};

struct thread_options {
  std::filesystem::path profile;
  std::string name;
  std::optional<endpoint> listen;
  bool online = true;
  core_config core;  ///< name and seed are filled in
  net::transport_limits limits;
};

class node_thread {
public:
  [[nodiscard]] static result<std::unique_ptr<node_thread>> start(thread_options options,
                                                                  thread_reports reports);
  /// Commits, says goodbye to the peers (at most a second), joins.
  ~node_thread();
  node_thread(const node_thread&) = delete;
  node_thread& operator=(const node_thread&) = delete;

  // From any thread.
  void post(event e);
  void post_task(std::function<void()> task) { loop_.post(std::move(task)); }
  void after(std::chrono::milliseconds delay, std::function<void()> task) {
    loop_.after(delay, std::move(task));
  }
  [[nodiscard]] const key_pair& key() const noexcept { return key_; }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] const net::transport_counters& counters() const { return net_->counters(); }

  // From the application thread; they wait for the answer.
  /// Runs `f` on the node's thread.
  template <class F>
  auto call(F f) {
    // Shared, for the task still ends its own work when the answer is already read here.
    auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::move(f));
    auto answer = task->get_future();
    loop_.post([task] { (*task)(); });
    return answer.get();
  }
  [[nodiscard]] result<attached_document> attach(const doc_id& document,
                                                 std::optional<replica_id> forced);
  void detach(const doc_id& document);
  /// Feeds the events that `make` gives, and waits until what they did is durable.
  [[nodiscard]] result<void> commit(std::function<result<std::vector<event>>()> make);
  void set_online(bool online);
  [[nodiscard]] std::optional<endpoint> listening();

  // On the node's thread, inside of `call`.
  [[nodiscard]] node_core& core() { return *core_; }
  [[nodiscard]] sqlite_store& store() { return *store_; }
  void set_title(const doc_id& document, const std::string& title);
  /// The application has dealt with that much of what was delivered.
  void taken(const doc_id& document, std::size_t size);

private:
  struct attachment {
    std::shared_ptr<save_progress> progress;
    std::vector<member_hash> member_heads;
    seq_vector delivered;     ///< handed on, or known there from the start
    std::size_t untaken = 0;  ///< handed on and not dealt with
    bool behind = false;      ///< the store has more: an application that hangs costs no memory
  };
  struct waiter {
    std::promise<result<void>> promise;
    int commits_left = 2;
  };
  struct dial_job {
    device_id device{};
    std::optional<join_link> redeem;
  };

  node_thread(thread_options options, thread_reports reports, key_pair key,
              std::unique_ptr<sqlite_store> store);
  [[nodiscard]] result<void> open_network();
  void begin();
  void feed(event e);
  void run_commit();
  void keep_house();
  void settle_waiters(const result<void>& outcome);
  void try_attach(const doc_id& document, std::optional<replica_id> forced,
                  std::shared_ptr<std::promise<result<attached_document>>> answer, int tries);
  [[nodiscard]] result<attached_document> attach_now(const doc_id& document,
                                                     std::optional<replica_id> forced);
  void publish_members();
  void hand_on(const doc_id& document, attachment& to, std::vector<checked_change> changes);
  void say_goodbye(std::chrono::milliseconds deadline, bool told);

  void run(fx::send& e);
  void run(fx::close& e);
  void run(fx::dial& e);
  void run(fx::commit& e);
  void run(fx::wake& e);
  void run(fx::deliver& e);
  void run(fx::saved& e);
  void run(fx::deliver_presence& e);
  void run(fx::status& e);
  void run(fx::document_added& e);
  void run(fx::join_done& e);
  void run(fx::pins& e);
  void run(fx::log& e);

  thread_options options_;
  thread_reports reports_;
  key_pair key_;
  net::event_loop loop_;
  std::unique_ptr<sqlite_store> store_;
  std::unique_ptr<node_core> core_;
  std::unique_ptr<net::transport> net_;
  std::deque<event> events_;
  bool feeding_ = false;
  std::optional<fx::commit> commit_;
  std::chrono::milliseconds last_commit_{};
  bool unpacked_ = false;                    // commits came since the store was last compacted
  std::optional<sync_error> store_trouble_;  ///< of the last commit
  std::vector<std::shared_ptr<waiter>> waiters_;
  std::map<doc_id, attachment> attached_;
  std::map<std::uint64_t, dial_job> dials_;
  std::uint64_t last_attempt_ = 0;
  std::mutex listening_mutex_;
  std::optional<endpoint> listening_;
  std::thread thread_;
};

}  // namespace weft::sync
