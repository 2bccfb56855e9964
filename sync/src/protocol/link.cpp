// SPDX-License-Identifier: MIT
#include "weft/sync/link.hpp"

#include <algorithm>
#include <charconv>

namespace weft::sync {

namespace {

constexpr std::size_t max_link_bytes = 4096;
constexpr std::size_t max_addresses = 8;
constexpr std::size_t max_host_bytes = 253;
constexpr std::string_view scheme = "weft:join/";

sync_error bad(std::string what) {
  return {sync_errc::bad_data, std::move(what)};
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}
bool is_v6_char(char c) {
  return is_host_char(c) || c == ':' || c == '%';
}

/// Reads one `name=value` of the query into `link`.
std::optional<sync_error> read_field(std::string_view field, join_link& link, bool& has_inviter) {
  const std::string_view value = field.substr(std::min<std::size_t>(2, field.size()));
  if (field.starts_with("a=")) {
    if (link.addresses.size() == max_addresses) return bad("The link has more than 8 addresses.");
    const auto parsed = endpoint::parse(value);
    if (!parsed) return bad("The link has a wrong address: " + parsed.error().what);
    link.addresses.push_back(parsed->format());
    return std::nullopt;
  }
  if (field.starts_with("o=")) {
    const auto id = parse_device_id(value);
    if (!id || has_inviter) {
      return bad("The link names its inviter wrongly (the part after \"o=\").");
    }
    link.inviter = *id;
    has_inviter = true;
    return std::nullopt;
  }
  // Later versions may add fields; they are skipped as long as they look like one.
  if (field.find('=') == std::string_view::npos) return bad("The link has a part without \"=\".");
  return std::nullopt;
}

}  // namespace

std::string join_link::format() const {
  std::string out(scheme);
  out += to_string(document);
  out += '?';
  for (const std::string& address : addresses) out += "a=" + address + "&";
  out += "o=" + to_string(inviter);
  out += "#" + to_base32(secret);
  return out;
}

result<join_link> join_link::parse(std::string_view text) {
  if (text.size() > max_link_bytes) return bad("The link is too long.");
  if (!text.starts_with(scheme)) {
    return bad("This is not a join link: it does not begin with \"weft:join/\".");
  }
  text.remove_prefix(scheme.size());
  const auto hash = text.find('#');
  if (hash == std::string_view::npos) {
    return bad("The link is cut off: the secret after \"#\" is missing.");
  }
  join_link out;
  const auto secret = from_base32(text.substr(hash + 1));
  if (!secret || secret->size() != out.secret.size()) {
    return bad("The link is damaged: the secret after \"#\" is not 26 characters of base32.");
  }
  std::copy(secret->begin(), secret->end(), out.secret.begin());
  text = text.substr(0, hash);
  const auto question = text.find('?');
  const auto document = parse_doc_id(text.substr(0, question));
  if (!document) return bad("The link is damaged: its document id is wrong.");
  out.document = *document;
  std::string_view query =
      question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  bool has_inviter = false;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    if (auto wrong = read_field(query.substr(0, end), out, has_inviter)) return *wrong;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  if (!has_inviter) {
    return bad("The link does not name its inviter (the part after \"o=\" is missing).");
  }
  return out;
}

key_pair join_link::invite_key() const {
  return key_pair::from_seed(hkdf(secret, document.bytes, "weft.invite.v1"));
}

result<endpoint> endpoint::parse(std::string_view text) {
  const std::string shown = "\"" + std::string(text.substr(0, 80)) + "\"";
  endpoint out;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(shown + " has no port; write host:port.");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > max_host_bytes ||
      !std::all_of(host.begin(), host.end(), bracketed ? is_v6_char : is_host_char)) {
    return bad(shown + " has no valid host; write host:port or [v6 address]:port.");
  }
  const std::string_view port = text.substr(colon + 1);
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (fault != std::errc{} || end != port.data() + port.size()) {
    return bad(shown + " has a wrong port; a port is a number from 0 to 65535.");
  }
  out.host = host;
  return out;
}

std::string endpoint::format() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace weft::sync
