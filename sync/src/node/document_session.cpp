// SPDX-License-Identifier: MIT
#include "node/document_session.hpp"

#include "node/wall_clock.hpp"

#include <algorithm>
#include <set>

namespace weft::sync {

namespace {

using namespace std::chrono_literals;
constexpr auto seal_after = 20ms;
constexpr auto presence_every = 50ms;
constexpr std::size_t slice_changes = 2'048;
constexpr std::size_t slice_bytes = std::size_t{256} << 10U;
constexpr std::size_t run_bytes = max_run_bytes / 2;  // bodies of one signed run
constexpr std::uint32_t max_sealed_body_bytes = std::uint32_t{128} << 10U;
constexpr std::size_t max_title_bytes = 4'096;

std::string title_in(crdt::document& document) {
  const auto value = document.get_map("meta").get("title");
  const std::string* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text == nullptr ? std::string() : *text;
}

}  // namespace

document_session::document_session(const std::shared_ptr<hub>& h, const doc_id& id,
                                   attached_document& from)
    : hub_(h),
      id_(id),
      self_(from.self),
      document_(from.self),
      lookup_(index_.lookup()),
      progress_(std::move(from.progress)),
      members_(std::move(from.members)),
      status_(std::move(from.status)),
      stored_title_(std::move(from.title)) {}

document_session::~document_session() {
  const auto h = hub_.lock();
  if (!h) return;
  seal();
  if (h->thread) h->thread->detach(id_);
}

result<std::shared_ptr<document_session>> document_session::open(const std::shared_ptr<hub>& h,
                                                                 const doc_id& id,
                                                                 attached_document from) {
  std::shared_ptr<document_session> out(new document_session(h, id, from));
  if (const auto loaded = out->load(from.changes); !loaded) return loaded.error();
  out->document_.subscribe([self = out.get()](const crdt::event& e) {
    if (e.from != crdt::origin::import) self->seal_soon();
  });
  return out;
}

result<void> document_session::load(const std::vector<checked_change>& changes) {
  std::vector<crdt::change> all;
  all.reserve(changes.size());
  for (const checked_change& c : changes) {
    auto plain = unseal(c.sealed, lookup_);
    if (!plain) return plain.error();
    all.push_back(std::move(*plain));
    index_.add(c.meta, c.sealed.header);
  }
  const auto report = document_.import_changes(all);
  if (!report) {
    // The log is whole, the engine does not take it: known good changes are still shown.
    trouble("The stored history cannot be read completely: " + crdt::to_string(report.error()) +
            ".");
    for (const crdt::change& one : all) {
      static_cast<void>(document_.import_changes(std::span(&one, 1)).has_value());
    }
  }
  sealed_ops_ = document_.version().count(self_);
  const auto head = lookup_.head(self_);
  if (head && head->last.end_counter() != sealed_ops_) {
    // New edits would be numbered like stored ones: rather none.
    return sync_error{sync_errc::corrupt, "The document cannot be opened: " + trouble_};
  }
  return {};
}

// Sealing.

void document_session::seal_soon() {
  if (seal_scheduled_) return;
  const auto h = hub_.lock();
  if (!h || !h->thread) return;
  seal_scheduled_ = true;
  h->thread->after(seal_after, [weak = weak_from_this(), to = h->run] {
    to([weak] {
      const auto self = weak.lock();
      if (self && self->seal_scheduled_) self->seal();
    });
  });
}

std::uint64_t document_session::seal() {
  seal_scheduled_ = false;
  const std::uint32_t ops = document_.version().count(self_);
  const auto h = hub_.lock();
  if (ops == sealed_ops_ || !h || !h->thread) return index_.count(self_);
  crdt::limits bounds;
  bounds.max_change_body_bytes = max_sealed_body_bytes;
  const std::vector<crdt::change> changes = document_.export_changes(self_, sealed_ops_, bounds);
  std::vector<checked_change> out;
  std::size_t first = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i <= changes.size(); ++i) {
    const bool full = i == changes.size() || size + changes[i].body.size() > run_bytes;
    if (full && i > first) {
      if (const auto wrong = seal_group(std::span(changes).subspan(first, i - first), out)) {
        trouble("An edit could not be kept: " + *wrong);
        break;
      }
      first = i;
      size = 0;
    }
    if (i < changes.size()) size += changes[i].body.size();
  }
  for (const checked_change& c : out) sealed_ops_ = c.meta.end_counter();
  if (!out.empty()) h->thread->post(ev::local_changes{id_, std::move(out)});
  return index_.count(self_);
}

/// One signature for the group, which fits a frame.
std::optional<std::string> document_session::seal_group(std::span<const crdt::change> group,
                                                        std::vector<checked_change>& out) {
  const auto h = hub_.lock();
  std::vector<digest16> heads;
  for (const member_hash& full : members_->heads()) {
    digest16 half{};
    std::copy_n(full.begin(), half.size(), half.begin());
    heads.push_back(half);
  }
  auto sealed = sync::seal(id_, group, lookup_, h->thread->key(), heads, wall_clock_ms());
  if (!sealed) return sealed.error().what;
  for (sealed_change& one : *sealed) {
    const change_meta meta = index_.add(one);
    out.push_back({std::move(one), meta, h->thread->key().public_part()});
  }
  return std::nullopt;
}

result<void> document_session::wait_saved() {
  const std::uint64_t target = seal();
  if (document_.version().count(self_) > sealed_ops_) {
    return sync_error{
        sync_errc::closed,
        trouble_.empty() ? "The profile is closed: the last edits are not saved." : trouble_};
  }
  std::unique_lock lock(progress_->mutex);
  const auto saved = [&] {
    const auto at = progress_->saved.find(self_);
    return target == 0 || (at != progress_->saved.end() && at->second >= target);
  };
  progress_->changed.wait(
      lock, [&] { return saved() || progress_->trouble.has_value() || progress_->closed; });
  if (saved()) return {};
  if (progress_->trouble) return *progress_->trouble;
  return sync_error{sync_errc::closed, "The profile was closed before the changes were saved."};
}

// What others wrote.

void document_session::on_delivered(std::vector<checked_change> changes) {
  for (checked_change& c : changes) {
    untaken_ += mailbox_size(c);
    if (index_.contains(c.meta.replica, c.meta.seq)) continue;
    index_.add(c.meta, c.sealed.header);
    waiting_.push_back(std::move(c));
  }
  // What is held is the application's wish, and what was known costs nothing.
  if (held_ || waiting_.empty()) report_taken(untaken_);
  if (waiting_.empty()) return;
  if (!held_) return drain();
  if (outer != nullptr && outer->on_remote_changes) {
    const auto tell = outer->on_remote_changes;
    tell();
  }
}

/// One slice now, the rest later, so that a long catch-up leaves the application responsive.
void document_session::drain() {
  drain_scheduled_ = false;
  if (held_ || waiting_.empty()) return;
  std::vector<checked_change> slice;
  std::size_t size = 0;
  while (!waiting_.empty() && slice.size() < slice_changes && size < slice_bytes) {
    size += waiting_.front().sealed.body.size();
    slice.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  const auto h = hub_.lock();
  if (!waiting_.empty() && h) {
    drain_scheduled_ = true;
    h->run([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->drain_scheduled_) self->drain();
    });
  }
  import_now(slice);
}

void document_session::report_taken(std::size_t size) {
  size = std::min(size, untaken_);
  untaken_ -= size;
  const auto h = hub_.lock();
  if (size == 0 || !h || !h->thread) return;
  h->thread->post_task([thread = h->thread.get(), id = id_, size] { thread->taken(id, size); });
}

void document_session::import_now(const std::vector<checked_change>& batch) {
  if (batch.empty()) return;
  std::size_t size = 0;
  for (const checked_change& c : batch) size += mailbox_size(c);
  report_taken(waiting_.empty() ? untaken_ : size);
  seal();
  if (try_import(batch)) {
    // All or nothing failed: one by one, what is good is taken and the bad one is named.
    for (const checked_change& one : batch) {
      if (const auto wrong = try_import(std::span(&one, 1))) {
        trouble("Change " + std::to_string(one.meta.seq) + " of replica " +
                crdt::to_string(one.meta.replica).substr(0, 8) + " cannot be applied: " + *wrong);
      }
    }
  }
  after_import();
}

std::optional<std::string> document_session::try_import(std::span<const checked_change> batch) {
  std::vector<crdt::change> plain;
  plain.reserve(batch.size());
  for (const checked_change& c : batch) {
    auto one = unseal(c.sealed, lookup_);
    if (!one) return one.error().what;
    plain.push_back(std::move(*one));
  }
  const auto report = document_.import_changes(plain);
  if (!report) return crdt::to_string(report.error());
  return std::nullopt;
}

void document_session::after_import() {
  const std::string now = title_in(document_);
  const auto h = hub_.lock();
  if (!now.empty() && now != stored_title_ && h && h->thread) {
    stored_title_ = now;
    h->thread->post_task([thread = h->thread.get(), id = id_, now] { thread->set_title(id, now); });
  }
  if (outer != nullptr && outer->on_remote_changes) {
    const auto tell = outer->on_remote_changes;
    tell();
  }
}

void document_session::set_hold(bool held) {
  held_ = held;
  if (held_) {
    report_taken(untaken_);
  } else {
    drain();
  }
}

seq_vector document_session::available() const {
  seq_vector out;
  for (const checked_change& c : waiting_) out[c.meta.replica] = c.meta.seq + 1;
  return out;
}

result<void> document_session::import_upto(const seq_vector& upto) {
  for (const auto& [replica, end] : upto) {
    if (end > index_.count(replica)) {
      return sync_error{sync_errc::not_found, "Change " + std::to_string(end - 1) + " of replica " +
                                                  crdt::to_string(replica) +
                                                  " has not arrived here."};
    }
  }
  // Backwards, so that what is needed by a needed one is known before it is met.
  seq_vector needed = upto;
  std::vector<bool> taken(waiting_.size());
  for (std::size_t i = waiting_.size(); i-- > 0;) {
    const checked_change& c = waiting_[i];
    const auto want = needed.find(c.meta.replica);
    if (want == needed.end() || c.meta.seq >= want->second) continue;
    taken[i] = true;
    for (const crdt::change_ref& dep : c.sealed.header.deps) {
      std::uint64_t& end = needed[dep.replica];
      end = std::max(end, dep.seq + 1);
    }
  }
  std::vector<checked_change> now;
  std::deque<checked_change> later;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (taken[i]) {
      now.push_back(std::move(waiting_[i]));
    } else {
      later.push_back(std::move(waiting_[i]));
    }
  }
  waiting_ = std::move(later);
  import_now(now);
  return {};
}

// The rest.

doc_status document_session::status() const {
  doc_status out = status_;
  const std::uint64_t sealed = index_.count(self_);
  std::uint64_t saved = 0;
  {
    const std::lock_guard lock(progress_->mutex);
    const auto at = progress_->saved.find(self_);
    if (at != progress_->saved.end()) saved = at->second;
  }
  out.unsaved = sealed - std::min(saved, sealed);
  if (document_.version().count(self_) > sealed_ops_) out.unsaved += 1;
  if (!trouble_.empty()) out.trouble = trouble_;
  return out;
}

void document_session::on_status(doc_status now) {
  status_ = std::move(now);
  tell_status();
}

void document_session::tell_status() const {
  if (outer == nullptr || !outer->on_status) return;
  const auto tell = outer->on_status;
  tell(status());
}

void document_session::trouble(const std::string& what) {
  trouble_ = what;
  if (const auto h = hub_.lock()) {
    h->run([weak = weak_from_this(), hub = hub_, what] {
      if (const auto still = hub.lock()) still->say(what);
      if (const auto self = weak.lock()) self->tell_status();
    });
  }
}

std::string document_session::title() {
  const std::string inside = title_in(document_);
  return inside.empty() ? stored_title_ : inside;
}

void document_session::set_title(const std::string& title) {
  std::string text = title.substr(0, max_title_bytes);
  while (!text.empty() && !crdt::is_valid_utf8(text)) text.pop_back();
  if (title_in(document_) != text) document_.get_map("meta").set("title", text);
  const auto h = hub_.lock();
  if (stored_title_ == text || !h || !h->thread) return;
  stored_title_ = text;
  h->thread->post_task([thread = h->thread.get(), id = id_, text] { thread->set_title(id, text); });
}

void document_session::send_presence(const bytes& payload) {
  const bool waits = presence_.has_value();
  presence_ = payload;
  if (waits) return;
  const auto h = hub_.lock();
  if (!h || !h->thread) return;
  const auto due = presence_sent_at_ + presence_every - net::event_loop::now();
  if (due <= 0ms) return flush_presence();
  h->thread->after(due, [weak = weak_from_this(), to = h->run] {
    to([weak] {
      if (const auto self = weak.lock()) self->flush_presence();
    });
  });
}

void document_session::flush_presence() {
  const auto h = hub_.lock();
  if (!presence_ || !h || !h->thread) return;
  h->thread->post(ev::local_presence{id_, self_, std::move(*presence_)});
  presence_.reset();
  presence_sent_at_ = net::event_loop::now();
}

void document_session::on_presence(const replica_id& replica, const device_id& from,
                                   const bytes& payload) {
  if (outer == nullptr || !outer->on_presence) return;
  const auto tell = outer->on_presence;
  tell(replica, from, payload);
}

result<std::vector<shared_document::log_entry>> document_session::log() const {
  const auto h = hub_.lock();
  if (!h || !h->thread) return sync_error{sync_errc::closed, "The profile is closed."};
  node_thread& thread = *h->thread;
  auto rows = thread.call([&thread, id = id_] { return thread.store().read_all(id); });
  if (!rows) return rows.error();
  std::vector<shared_document::log_entry> out;
  out.reserve(rows->size());
  std::map<replica_id, std::string> authors;
  for (checked_change& row : *rows) {
    shared_document::log_entry entry;
    const change_header& h2 = row.sealed.header;
    if (h2.author) {
      const device_id device = device_id_of(*h2.author);
      const auto member = members_->members().find(device);
      const bool named = member != members_->members().end() && !member->second.name.empty();
      authors[h2.replica] = named ? member->second.name : to_string(device).substr(0, 7);
    }
    entry.meta = row.meta;
    entry.author = authors[h2.replica];
    entry.header = std::move(row.sealed.header);
    entry.body = std::move(row.sealed.body);
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace weft::sync
