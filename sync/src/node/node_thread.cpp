// SPDX-License-Identifier: MIT
#include "node/node_thread.hpp"

#include "node/wall_clock.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <unistd.h>

namespace weft::sync {

namespace {

using namespace std::chrono_literals;
constexpr auto attach_retry = 2ms;
constexpr int attach_tries = 2'500;
constexpr auto goodbye = 1'000ms;
constexpr auto house_interval = 10'000ms;  // how long nothing is written before rows are packed
constexpr const char* name_key = "name";
constexpr std::size_t mailbox_bytes = std::size_t{8} << 20U;  // of one document
constexpr std::size_t refill_bytes = std::size_t{1} << 20U;

/// Cut to what members may be told, at a scalar's end.
std::string short_name(std::string name) {
  if (name.size() > max_name_bytes) name.resize(max_name_bytes);
  while (!name.empty() && !crdt::is_valid_utf8(name)) name.pop_back();
  return name;
}

std::string machine_name() {
  std::array<char, 256> text{};
  if (::gethostname(text.data(), text.size() - 1) != 0 || text[0] == '\0') return "Unnamed device";
  return text.data();
}

result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  const bool made = std::filesystem::create_directories(folder, failed);
  if (failed) {
    return sync_error{sync_errc::io, "Cannot make the profile folder " + folder.string() + ": " +
                                         failed.message() + "."};
  }
  if (made) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  return {};
}

}  // namespace

result<std::unique_ptr<node_thread>> node_thread::start(thread_options options,
                                                        thread_reports reports) {
  if (const auto made = make_folder(options.profile); !made) return made.error();
  auto store = sqlite_store::open(options.profile);
  if (!store) return store.error();
  const auto key = key_pair::load_or_create(options.profile / "device.key");
  if (!key) return key.error();

  const auto kept = (*store)->get_blob(name_key);
  if (options.name.empty() && kept) options.name = std::string(crdt::as_chars(*kept));
  if (options.name.empty()) options.name = machine_name();
  options.name = short_name(std::move(options.name));
  if (!kept || crdt::as_chars(*kept) != options.name) {
    const auto put = (*store)->put_blob(name_key, crdt::as_bytes(options.name));
    if (!put) return put.error();
  }
  std::unique_ptr<node_thread> out(
      new node_thread(std::move(options), std::move(reports), *key, std::move(*store)));
  if (const auto opened = out->open_network(); !opened) return opened.error();
  out->begin();
  return out;
}

node_thread::node_thread(thread_options options, thread_reports reports, key_pair key,
                         std::unique_ptr<sqlite_store> store)
    : options_(std::move(options)),
      reports_(std::move(reports)),
      key_(key),
      store_(std::move(store)) {
  core_config config = options_.core;
  config.name = options_.name;
  std::array<std::uint8_t, 8> noise{};
  random_bytes(noise);
  for (const std::uint8_t b : noise) config.seed = (config.seed << 8U) | b;
  core_ = std::make_unique<node_core>(std::move(config), key_, *store_);
}

result<void> node_thread::open_network() {
  net::transport_events on;
  on.up = [this](session_id session, const public_key& peer, std::uint64_t attempt, bool known) {
    ev::session_up up{session, peer, attempt != 0, known, std::nullopt};
    if (const auto dialled = dials_.extract(attempt)) up.redeem = dialled.mapped().redeem;
    feed(std::move(up));
  };
  on.received = [this](session_id session, bytes data) {
    feed(ev::received{session, std::move(data)});
  };
  on.down = [this](session_id session, close_reason why, std::string detail) {
    feed(ev::session_down{session, why, std::move(detail)});
  };
  on.writable = [this](session_id session, std::size_t room) { feed(ev::writable{session, room}); };
  on.dial_failed = [this](std::uint64_t attempt, std::string why) {
    if (const auto dialled = dials_.extract(attempt)) {
      feed(ev::dial_failed{dialled.mapped().device, std::move(why)});
    }
  };
  auto made = net::transport::make(loop_, key_, std::move(on), options_.limits);
  if (!made) return made.error();
  net_ = std::move(*made);
  if (options_.online && options_.listen) {
    const auto at = net_->listen(*options_.listen);
    if (!at) return at.error();
    listening_ = *at;
    options_.listen = *at;  // the same port again after a time offline
  }
  return {};
}

void node_thread::begin() {
  loop_.post([this] {
    if (!options_.online) feed(ev::set_online{false});
    feed(ev::tick{});
  });
  loop_.after(house_interval, [this] { keep_house(); });
  thread_ = std::thread([this] { loop_.run(); });
}

/// Packs the rows of long logs while nothing is written, so that an idle store is small.
void node_thread::keep_house() {
  if (unpacked_ && net::event_loop::now() - last_commit_ >= house_interval) {
    unpacked_ = false;
    static_cast<void>(store_->compact(false));  // rows stay rows if it fails
  }
  loop_.after(house_interval, [this] { keep_house(); });
}

node_thread::~node_thread() {
  if (thread_.joinable()) {
    loop_.post([this] { say_goodbye(net::event_loop::now() + goodbye, false); });
    thread_.join();
  }
  for (auto& [id, a] : attached_) {
    const std::lock_guard lock(a.progress->mutex);
    a.progress->closed = true;
    a.progress->changed.notify_all();
  }
  // Sockets first: nothing may call back into a core that is gone.
  net_.reset();
  core_.reset();
  if (unpacked_) static_cast<void>(store_->compact(false));
  store_->close();
}

/// Commits what is queued, then lets the last frames leave, both within the deadline.
void node_thread::say_goodbye(std::chrono::milliseconds deadline, bool told) {
  const bool late = net::event_loop::now() >= deadline;
  if (!told && (!commit_ || late)) {
    net_->stop_listening();
    net_->cancel_dials();
    feed(ev::shut_down{});
    told = true;
  }
  if ((told && !commit_ && net_->open_count() == 0) || late) return loop_.stop();
  loop_.after(2ms, [this, deadline, told] { say_goodbye(deadline, told); });
}

void node_thread::post(event e) {
  // std::function wants copies; the event is moved through a shared place instead.
  loop_.post([this, held = std::make_shared<event>(std::move(e))] { feed(std::move(*held)); });
}

void node_thread::feed(event e) {
  events_.push_back(std::move(e));
  if (feeding_) return;
  feeding_ = true;
  std::vector<effect> effects;
  while (!events_.empty()) {
    event next = std::move(events_.front());
    events_.pop_front();
    effects.clear();
    core_->step(net::event_loop::now(), wall_clock_ms(), std::move(next), effects);
    for (effect& e2 : effects) std::visit([this](auto& part) { run(part); }, e2);
  }
  feeding_ = false;
  publish_members();
}

void node_thread::run(fx::send& e) {
  net_->send(e.session, std::move(e.frame));
}
void node_thread::run(fx::close& e) {
  net_->close(e.session);
}

void node_thread::run(fx::dial& e) {
  // The core has given up on an older dial of the same device.
  for (auto at = dials_.begin(); at != dials_.end();) {
    if (at->second.device == e.device) {
      net_->cancel_dial(at->first);
      at = dials_.erase(at);
    } else {
      ++at;
    }
  }
  const std::uint64_t attempt = ++last_attempt_;
  dials_[attempt] = {e.device, std::move(e.redeem)};
  net_->dial(attempt, e.device, std::move(e.addresses));
}

void node_thread::run(fx::commit& e) {
  WEFT_ASSERT(!commit_, "one commit is on its way at a time");
  commit_ = std::move(e);
  // Not now: what is queued behind this event gathers for the next commit meanwhile.
  loop_.post([this] { run_commit(); });
}

void node_thread::run_commit() {
  const fx::commit now = std::move(*commit_);
  commit_.reset();
  const result<void> outcome = store_->commit(now.data);
  last_commit_ = net::event_loop::now();
  unpacked_ = true;
  store_trouble_ = outcome ? std::nullopt : std::optional(outcome.error());
  for (auto& [id, a] : attached_) {
    const std::lock_guard lock(a.progress->mutex);
    if (outcome) {
      a.progress->trouble.reset();
    } else {
      a.progress->trouble = outcome.error();
      a.progress->changed.notify_all();
    }
  }
  if (outcome) {
    feed(ev::stored{now.txn});
  } else {
    if (reports_.log) reports_.log("the store refused a commit: " + outcome.error().what);
    feed(ev::store_failed{now.txn, outcome.error()});
  }
  settle_waiters(outcome);
}

void node_thread::settle_waiters(const result<void>& outcome) {
  // Without a commit on its way, all that was fed is durable; else the one after this holds it.
  for (auto& w : waiters_) {
    w->commits_left -= 1;
    if (outcome && commit_ && w->commits_left > 0) continue;
    w->promise.set_value(outcome);
    w.reset();
  }
  std::erase(waiters_, nullptr);
}

result<void> node_thread::commit(std::function<result<std::vector<event>>()> make) {
  auto w = std::make_shared<waiter>();
  auto answer = w->promise.get_future();
  loop_.post([this, w, run = std::move(make)] {
    result<std::vector<event>> events = run();
    if (!events) return w->promise.set_value(events.error());
    for (event& e : *events) feed(std::move(e));
    if (commit_) {
      waiters_.push_back(w);
    } else if (store_trouble_) {
      w->promise.set_value(*store_trouble_);
    } else {
      w->promise.set_value({});
    }
  });
  return answer.get();
}

void node_thread::run(fx::wake& e) {
  loop_.wake_at(e.at, [this] { feed(ev::tick{}); });
}

void node_thread::run(fx::deliver& e) {
  const auto at = attached_.find(e.document);
  if (at == attached_.end() || at->second.behind) return;
  hand_on(e.document, at->second, std::move(e.changes));
}

void node_thread::hand_on(const doc_id& document, attachment& to,
                          std::vector<checked_change> changes) {
  for (const checked_change& c : changes) {
    std::uint64_t& end = to.delivered[c.meta.replica];
    end = std::max(end, c.meta.seq + 1);
    to.untaken += mailbox_size(c);
  }
  to.behind = to.behind || to.untaken > mailbox_bytes;
  reports_.deliver(document, std::move(changes));
}

void node_thread::taken(const doc_id& document, std::size_t size) {
  const auto at = attached_.find(document);
  if (at == attached_.end()) return;
  attachment& to = at->second;
  to.untaken -= std::min(to.untaken, size);
  if (!to.behind || to.untaken > mailbox_bytes / 2) return;
  auto rows = store_->read_after(document, to.delivered, refill_bytes);
  if (!rows && reports_.log) reports_.log("changes could not be read: " + rows.error().what);
  if (!rows || rows->empty()) {
    to.behind = false;
    return;
  }
  const change_lookup known = store_->lookup(document);
  std::vector<checked_change> out;
  for (sealed_change& row : *rows) {
    const change_header& h = row.header;
    const change_meta meta{h.replica, h.seq, hash_of(h), h.first_counter, h.op_count, h.lamport};
    const auto head = known.head(h.replica);
    out.push_back({std::move(row), meta, head ? head->author : public_key{}});
  }
  hand_on(document, to, std::move(out));
}

void node_thread::run(fx::saved& e) {
  const auto at = attached_.find(e.document);
  if (at == attached_.end()) return;
  {
    save_progress& progress = *at->second.progress;
    const std::lock_guard lock(progress.mutex);
    for (const auto& [replica, end] : e.seqs) {
      for (seq_vector* known : {&progress.saved, &at->second.delivered}) {
        std::uint64_t& upto = (*known)[replica];
        upto = std::max(upto, end);
      }
    }
    progress.changed.notify_all();
  }
  reports_.saved(e.document);
}

void node_thread::run(fx::deliver_presence& e) {
  if (attached_.contains(e.document)) {
    reports_.presence(e.document, e.replica, e.from, std::move(e.payload));
  }
}

void node_thread::run(fx::status& e) {
  if (attached_.contains(e.now.document)) reports_.status(std::move(e.now));
}

void node_thread::run(fx::document_added& /*e*/) {
  reports_.documents();
}
void node_thread::run(fx::join_done& e) {
  reports_.joined(e.document, std::move(e.error));
}
void node_thread::run(fx::pins& e) {
  net_->allow(std::move(e.known), e.open_to_invited);
}
void node_thread::run(fx::log& e) {
  reports_.log(std::move(e.line));
}

/// Sealing names the membership heads, so the application's side must have them before it needs
/// them.
void node_thread::publish_members() {
  for (auto& [id, a] : attached_) {
    const membership* now = core_->members(id);
    if (now == nullptr) continue;
    std::vector<member_hash> heads = now->heads();
    if (heads == a.member_heads) continue;
    a.member_heads = std::move(heads);
    reports_.members(id, std::make_shared<const membership>(*now));
  }
}

result<attached_document> node_thread::attach(const doc_id& document,
                                              std::optional<replica_id> forced) {
  auto promise = std::make_shared<std::promise<result<attached_document>>>();
  auto answer = promise->get_future();
  loop_.post(
      [this, document, forced, promise] { try_attach(document, forced, promise, attach_tries); });
  return answer.get();
}

/// Changes of an earlier handle may still be on their way to the store: they come first.
void node_thread::try_attach(const doc_id& document, std::optional<replica_id> forced,
                             std::shared_ptr<std::promise<result<attached_document>>> answer,
                             int tries) {
  const auto status = core_->status(document);
  if (!status) {
    return answer->set_value(
        sync_error{sync_errc::not_found, "This document is not on this device."});
  }
  if (status->unsaved == 0) return answer->set_value(attach_now(document, forced));
  if (tries == 0) {
    return answer->set_value(sync_error{
        sync_errc::io, status->trouble.empty() ? "The disk does not answer." : status->trouble});
  }
  loop_.after(attach_retry, [this, document, forced, answer, tries] {
    try_attach(document, forced, answer, tries - 1);
  });
}

result<attached_document> node_thread::attach_now(const doc_id& document,
                                                  std::optional<replica_id> forced) {
  attached_document out;
  for (const stored_doc& row : store_->documents()) {
    if (row.id == document) out.title = row.title;
  }
  const auto self = store_->own_replica(document, forced);
  if (!self) return self.error();
  out.self = *self;
  auto changes = store_->read_all(document);
  if (!changes) return changes.error();
  out.changes = std::move(*changes);
  out.progress = std::make_shared<save_progress>();
  for (const checked_change& c : out.changes) {
    out.progress->saved[c.meta.replica] = c.meta.seq + 1;
  }
  const membership* members = core_->members(document);
  WEFT_ASSERT(members != nullptr, "a document with a status has members");
  out.members = std::make_shared<const membership>(*members);
  out.status = *core_->status(document);
  attached_[document] = {out.progress, members->heads(), out.progress->saved, 0, false};
  return out;
}

void node_thread::detach(const doc_id& document) {
  loop_.post([this, document] {
    const auto at = attached_.find(document);
    if (at == attached_.end()) return;
    {
      const std::lock_guard lock(at->second.progress->mutex);
      at->second.progress->closed = true;
      at->second.progress->changed.notify_all();
    }
    attached_.erase(at);
  });
}

void node_thread::set_title(const doc_id& document, const std::string& title) {
  store_txn txn;
  txn.titles.push_back({document, title});
  const auto done = store_->commit(txn);
  if (!done) {
    reports_.log("a title was not stored: " + done.error().what);
    return;
  }
  reports_.documents();
}

void node_thread::set_online(bool online) {
  loop_.post([this, online] {
    std::optional<endpoint> at;
    if (online && options_.listen) {
      const auto bound = net_->listen(*options_.listen);
      if (bound) {
        at = *bound;
        options_.listen = *bound;
      } else {
        reports_.log(bound.error().what);
      }
    }
    if (!online) {
      net_->stop_listening();
      net_->cancel_dials();
      dials_.clear();
    }
    {
      const std::lock_guard lock(listening_mutex_);
      listening_ = at;
    }
    feed(ev::set_online{online});
  });
}

std::optional<endpoint> node_thread::listening() {
  const std::lock_guard lock(listening_mutex_);
  return listening_;
}

}  // namespace weft::sync
