// SPDX-License-Identifier: MIT
#include "node/hub.hpp"

#include "node/document_session.hpp"

namespace weft::sync {

std::shared_ptr<document_session> hub::find(const doc_id& document) const {
  const auto found = documents.find(document);
  return found == documents.end() ? nullptr : found->second.lock();
}

thread_reports hub::reports() {
  const std::weak_ptr<hub> weak = weak_from_this();
  const executor to = run;
  thread_reports out;
  out.deliver = [weak, to](const doc_id& id, std::vector<checked_change> changes) {
    // std::function wants copies; a batch is moved through a shared place instead.
    const auto held = std::make_shared<std::vector<checked_change>>(std::move(changes));
    to([weak, id, held] {
      const auto h = weak.lock();
      const auto d = h ? h->find(id) : nullptr;
      if (d) d->on_delivered(std::move(*held));
    });
  };
  out.saved = [weak, to](const doc_id& id) {
    to([weak, id] {
      const auto h = weak.lock();
      const auto d = h ? h->find(id) : nullptr;
      if (d) d->tell_status();
    });
  };
  out.status = [weak, to](doc_status now) {
    to([weak, now = std::move(now)] {
      const auto h = weak.lock();
      const auto d = h ? h->find(now.document) : nullptr;
      if (d) d->on_status(now);
    });
  };
  out.presence = [weak, to](const doc_id& id, const replica_id& replica, const device_id& from,
                            bytes payload) {
    to([weak, id, replica, from, payload = std::move(payload)] {
      const auto h = weak.lock();
      const auto d = h ? h->find(id) : nullptr;
      if (d) d->on_presence(replica, from, payload);
    });
  };
  out.members = [weak, to](const doc_id& id, std::shared_ptr<const membership> now) {
    to([weak, id, now = std::move(now)] {
      const auto h = weak.lock();
      const auto d = h ? h->find(id) : nullptr;
      if (d) d->on_members(now);
    });
  };
  out.documents = [weak, to] {
    to([weak] {
      if (const auto h = weak.lock()) h->documents_changed();
    });
  };
  out.joined = [weak, to](const doc_id& id, std::optional<sync_error> error) {
    to([weak, id, error = std::move(error)] {
      if (const auto h = weak.lock()) h->on_joined(id, error);
    });
  };
  out.log = [weak, to](std::string line) {
    to([weak, line = std::move(line)] {
      if (const auto h = weak.lock()) h->say(line);
    });
  };
  return out;
}

void hub::on_joined(const doc_id& document, const std::optional<sync_error>& error) {
  const auto found = joins.extract(document);
  if (!found || !found.mapped()) return;
  if (error) {
    found.mapped()(*error);
  } else {
    found.mapped()(document);
  }
}

// The callbacks are copied: they may replace themselves, or end the node.
void hub::say(const std::string& line) const {
  if (owner == nullptr || !owner->on_log) return;
  const auto tell = owner->on_log;
  tell(line);
}

void hub::documents_changed() const {
  if (owner == nullptr || !owner->on_documents) return;
  const auto tell = owner->on_documents;
  tell();
}

}  // namespace weft::sync
