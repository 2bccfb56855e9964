// SPDX-License-Identifier: MIT
#include "bridge/node_workspace.hpp"

#include <QDateTime>
#include <QHostAddress>
#include <QNetworkInterface>

#include <algorithm>
#include <utility>

namespace weft::app {

namespace {

constexpr std::size_t kMostAddresses = 8;
constexpr std::int64_t kJoinTimeoutMs = 60'000;
constexpr std::int64_t kHourMs = 3'600'000;

std::string keyOf(const sync::device_id& device) {
  return sync::to_string(device);
}
QString fromStd(const std::string& text) {
  return QString::fromStdString(text);
}

}  // namespace

NodeDocument::NodeDocument(sync::node& node, std::shared_ptr<sync::shared_document> document)
    : m_node(node), m_document(std::move(document)) {
  m_document->on_status = [this](const sync::doc_status&) { Q_EMIT stateChanged(); };
  m_document->on_remote_changes = [this] { Q_EMIT titleChanged(); };
  m_document->on_presence = [this](const crdt::replica_id& replica, const sync::device_id& device,
                                   const crdt::bytes& payload) {
    Q_EMIT presence(replica, keyOf(device), payload);
  };
}

NodeDocument::~NodeDocument() {
  m_document->on_status = nullptr;
  m_document->on_remote_changes = nullptr;
  m_document->on_presence = nullptr;
}

QString NodeDocument::id() const {
  return fromStd(sync::to_string(m_document->id()));
}
QString NodeDocument::title() const {
  return fromStd(m_document->title());
}
void NodeDocument::setTitle(const QString& title) {
  m_document->set_title(title.toStdString());
}

DocumentState NodeDocument::state() const {
  const sync::doc_status now = m_document->status();
  DocumentState out;
  out.online = m_node.online();
  out.unsaved = now.unsaved;
  out.trouble = fromStd(now.trouble);
  for (const sync::peer_status& peer : now.peers) {
    out.peers.push_back({fromStd(peer.name), peer.connected, peer.missing_there, peer.missing_here,
                         fromStd(peer.trouble)});
  }
  return out;
}

std::vector<Person> NodeDocument::people() const {
  const sync::doc_status now = m_document->status();
  const sync::membership members = m_document->members();
  std::vector<Person> out;
  for (const auto& [device, member] : members.members()) {
    const bool self = device == m_node.id();
    const sync::device_id wanted = device;
    const auto peer =
        std::find_if(now.peers.begin(), now.peers.end(),
                     [&wanted](const sync::peer_status& p) { return p.device == wanted; });
    out.push_back({keyOf(device), fromStd(member.name), self,
                   self || (peer != now.peers.end() && peer->connected)});
  }
  return out;
}

std::string NodeDocument::undoKey() const {
  return "undo/" + sync::to_string(m_document->id());
}

std::optional<crdt::bytes> NodeDocument::loadUndo() const {
  return m_node.get_blob(undoKey());
}

void NodeDocument::saveUndo(crdt::byte_view stacks) {
  // A stack that cannot be kept costs undo after a restart, nothing else.
  static_cast<void>(m_node.put_blob(undoKey(), stacks).has_value());
}

NodeWorkspace::NodeWorkspace(sync::node& node) : m_node(node) {
  m_node.on_documents = [this] { Q_EMIT documentsChanged(); };
}

NodeWorkspace::~NodeWorkspace() {
  m_node.on_documents = nullptr;
}

QString NodeWorkspace::name() const {
  return fromStd(m_node.name());
}

std::vector<DocumentEntry> NodeWorkspace::documents() const {
  std::vector<DocumentEntry> out;
  for (const sync::document_summary& summary : m_node.documents()) {
    out.push_back({fromStd(sync::to_string(summary.id)), fromStd(summary.title)});
  }
  return out;
}

sync::result<std::shared_ptr<OpenDocument>> NodeWorkspace::create(const QString& title) {
  auto made = m_node.create(title.toStdString());
  if (!made) {
    return made.error();
  }
  return std::shared_ptr<OpenDocument>(std::make_shared<NodeDocument>(m_node, *made));
}

sync::result<std::shared_ptr<OpenDocument>> NodeWorkspace::open(const QString& id) {
  const auto parsed = sync::parse_doc_id(id.toStdString());
  if (!parsed) {
    return sync::sync_error{sync::sync_errc::bad_data, "This is not the name of a document."};
  }
  auto opened = m_node.open_document(*parsed);
  if (!opened) {
    return opened.error();
  }
  return std::shared_ptr<OpenDocument>(std::make_shared<NodeDocument>(m_node, *opened));
}

/// Where others can reach this computer: the address it listens on, or, when it listens on all, one
/// per network it is in.
std::vector<std::string> NodeWorkspace::addresses() const {
  const auto listening = m_node.listening();
  if (!listening) {
    return {};
  }
  const QHostAddress bound(fromStd(listening->host));
  if (bound != QHostAddress(QHostAddress::AnyIPv4) &&
      bound != QHostAddress(QHostAddress::AnyIPv6)) {
    return {listening->format()};
  }
  std::vector<std::string> out;
  for (const QHostAddress& address : QNetworkInterface::allAddresses()) {
    const bool usable = address.protocol() == QAbstractSocket::IPv4Protocol &&
                        !address.isLoopback() && out.size() + 1 < kMostAddresses;
    if (usable) {
      out.push_back(sync::endpoint{address.toString().toStdString(), listening->port}.format());
    }
  }
  out.push_back(sync::endpoint{"127.0.0.1", listening->port}.format());
  return out;
}

sync::result<QString> NodeWorkspace::share(const QString& id, const ShareTerms& terms) {
  const auto parsed = sync::parse_doc_id(id.toStdString());
  if (!parsed) {
    return sync::sync_error{sync::sync_errc::bad_data, "This is not the name of a document."};
  }
  const auto where = addresses();
  if (where.empty()) {
    return sync::sync_error{sync::sync_errc::network,
                            "Others cannot reach this computer: it accepts no connections. Start "
                            "weft-editor with --listen, or go online."};
  }
  const std::int64_t ends =
      terms.hours == 0 ? 0 : QDateTime::currentMSecsSinceEpoch() + terms.hours * kHourMs;
  auto link = m_node.share(*parsed, terms.mayEdit ? sync::role::editor : sync::role::reader, 0,
                           ends, where);
  if (!link) {
    return link.error();
  }
  return fromStd(link->format());
}

void NodeWorkspace::join(const QString& link, std::function<void(sync::result<QString>)> done) {
  auto parsed = sync::join_link::parse(link.trimmed().toStdString());
  if (!parsed) {
    done(parsed.error());
    return;
  }
  const auto known = m_node.documents();
  const bool member = std::any_of(
      known.begin(), known.end(),
      [&](const sync::document_summary& summary) { return summary.id == parsed->document; });
  if (member) {
    // Already joined: the link only tells where the other side listens now.
    for (sync::stored_peer peer : m_node.peers()) {
      if (sync::device_id_of(peer.key) == parsed->inviter) {
        peer.addresses = parsed->addresses;
        static_cast<void>(m_node.add_peer(peer).has_value());
      }
    }
    done(fromStd(sync::to_string(parsed->document)));
    return;
  }
  m_node.join(
      *parsed,
      [done = std::move(done)](const sync::result<sync::doc_id>& joined) {
        if (joined) {
          done(fromStd(sync::to_string(*joined)));
        } else {
          done(joined.error());
        }
      },
      kJoinTimeoutMs);
}

void NodeWorkspace::setOnline(bool online) {
  if (online != m_node.online()) {
    m_node.set_online(online);
    Q_EMIT onlineChanged();
  }
}

bool NodeWorkspace::online() const {
  return m_node.online();
}

std::optional<crdt::bytes> NodeWorkspace::loadValue(const QString& key) const {
  return m_node.get_blob(key.toStdString());
}

void NodeWorkspace::saveValue(const QString& key, crdt::byte_view value) {
  static_cast<void>(m_node.put_blob(key.toStdString(), value).has_value());
}

}  // namespace weft::app
