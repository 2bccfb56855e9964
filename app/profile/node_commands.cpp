// SPDX-License-Identifier: MIT
#include "profile/node_commands.hpp"

#include "profile/document_commands.hpp"
#include "weft/sync/link.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace weft::app {

namespace {

sync::role role_argument(const json& args) {
  const std::string name = text_argument(args, "role", "editor");
  if (name == "editor") return sync::role::editor;
  if (name == "reader") return sync::role::reader;
  if (name == "relay") return sync::role::relay;
  throw command_error(exit_code::usage, "the role is editor, reader or relay, not `" + name + "`");
}

std::vector<std::string> addresses_argument(const json& args) {
  std::vector<std::string> out;
  if (!args.contains("addresses")) return out;
  for (const json& one : args["addresses"]) {
    if (!one.is_string()) throw command_error(exit_code::usage, "an address is no string");
    out.push_back(value_or_throw(sync::endpoint::parse(one.get<std::string>())).format());
  }
  return out;
}

/// What all documents together say about one device.
struct peer_sum {
  std::string name;
  bool connected = false;
  std::uint64_t acked = 0;
  std::uint64_t missing_there = 0;
  std::uint64_t missing_here = 0;
  std::string trouble;
};

void add_status(std::map<sync::device_id, peer_sum>& peers, const sync::doc_status& status) {
  for (const sync::peer_status& p : status.peers) {
    peer_sum& sum = peers[p.device];
    sum.name = p.name;
    sum.connected = sum.connected || p.connected;
    sum.acked += status.changes - std::min(status.changes, p.missing_there);
    sum.missing_there += p.missing_there;
    sum.missing_here += p.missing_here;
    if (!p.trouble.empty()) sum.trouble = p.trouble;
  }
}

json to_json(const sync::device_id& device, const peer_sum& p) {
  json out;
  out["name"] = p.name;
  out["device"] = to_string(device);
  out["state"] = p.connected ? "connected" : p.trouble.empty() ? "away" : p.trouble;
  out["acked"] = p.acked;
  out["missing_there"] = p.missing_there;
  out["missing_here"] = p.missing_here;
  return out;
}

json check(const char* name, bool ok, const std::string& detail) {
  return {{"check", name}, {"ok", ok}, {"detail", detail}};
}

}  // namespace

json share_document(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  const std::vector<std::string> addresses = addresses_argument(args);
  if (addresses.empty() && !host.listening()) {
    throw command_error(exit_code::usage,
                        "nobody could reach this link: run `weft node --listen HOST:PORT` (or the "
                        "editor) on this profile first, or say --address HOST:PORT");
  }
  const std::int64_t uses = number_argument(args, "uses", 1);
  if (uses < 0 || uses > std::numeric_limits<std::uint32_t>::max()) {
    throw command_error(exit_code::usage, "the number of uses is out of range");
  }
  const sync::join_link link =
      value_or_throw(host.share(d->id(), role_argument(args), static_cast<std::uint32_t>(uses),
                                number_argument(args, "expires_ms", 0), addresses));
  return {{"link", link.format()}, {"document", to_string(d->id())}};
}

void join_document(sync::node& host, const json& args,
                   std::function<void(sync::result<json>)> done) {
  const sync::join_link link = value_or_throw(sync::join_link::parse(text_argument(args, "link")));
  host.join(
      link,
      [&host, done = std::move(done)](sync::result<sync::doc_id> joined) {
        if (!joined) return done(joined.error());
        json result{{"document", to_string(*joined)}, {"title", ""}};
        for (const sync::document_summary& d : host.documents()) {
          if (d.id == *joined) result["title"] = title_of(host, d);
        }
        done(std::move(result));
      },
      number_argument(args, "timeout_ms", 30'000));
}

json show_status(sync::node& host, const json& /*args*/) {
  std::map<sync::device_id, peer_sum> peers;
  for (const sync::stored_peer& p : host.peers()) {
    peers[sync::device_id_of(p.key)].name = p.name;
  }
  json documents = json::array();
  for (const sync::document_summary& summary : host.documents()) {
    const auto d = value_or_throw(host.open_document(summary.id));
    const sync::doc_status status = d->status();
    add_status(peers, status);
    documents.push_back({{"document", to_string(summary.id)},
                         {"title", d->title()},
                         {"changes", status.changes},
                         {"unsaved", status.unsaved},
                         {"trouble", status.trouble}});
  }
  json result;
  result["device"] = to_string(host.id());
  result["name"] = host.name();
  result["online"] = host.online();
  result["listening"] = host.listening() ? json(host.listening()->format()) : json();
  result["documents"] = std::move(documents);
  result["peers"] = json::array();
  for (const auto& [device, sum] : peers) result["peers"].push_back(to_json(device, sum));
  const sync::wire_stats wire = host.wire();
  result["sent_bytes"] = wire.sent_bytes;
  result["received_bytes"] = wire.received_bytes;
  result["sessions"] = wire.sessions;
  result["store_bytes"] = host.store().file_bytes;
  return result;
}

json examine(sync::node& host, const json& /*args*/) {
  json checks = json::array();
  const std::vector<std::string> damage = host.scrub();
  checks.push_back(check("store", damage.empty(),
                         damage.empty() ? "every row, hash and chain is as written"
                                        : std::to_string(damage.size()) + " things are wrong"));
  for (const std::string& what : damage) checks.push_back(check("store", false, what));
  const sync::store_stats stats = host.store();
  checks.push_back(check("quarantine", stats.quarantined == 0,
                         std::to_string(stats.quarantined) + " refused pieces are kept aside"));
  for (const sync::document_summary& summary : host.documents()) {
    const sync::doc_status status = value_or_throw(host.open_document(summary.id))->status();
    checks.push_back(check(
        "document", status.trouble.empty(),
        summary.title + (status.trouble.empty() ? ": opens and reads" : ": " + status.trouble)));
    for (const sync::peer_status& p : status.peers) {
      if (!p.trouble.empty()) checks.push_back(check("peer", false, p.name + ": " + p.trouble));
    }
  }
  checks.push_back(check("network", true,
                         host.listening() ? "listens on " + host.listening()->format()
                                          : "does not listen; others cannot dial this profile"));
  const bool healthy =
      std::all_of(checks.begin(), checks.end(), [](const json& c) { return c["ok"].get<bool>(); });
  return {{"healthy", healthy}, {"checks", std::move(checks)}};
}

json set_online(sync::node& host, const json& args) {
  host.set_online(flag_argument(args, "online", true));
  return {{"online", host.online()}};
}

}  // namespace weft::app
