// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

#include <algorithm>

namespace weft::app {

namespace {

/// Everything that the peers have told of is here.
bool has_content(sync::node& host, const json& joined) {
  const std::optional<sync::doc_id> id = sync::parse_doc_id(text_argument(joined, "document"));
  if (!id) return true;
  const auto d = host.open_document(*id);
  if (!d) return true;
  const sync::doc_status status = (*d)->status();
  return std::any_of(status.peers.begin(), status.peers.end(), [&](const sync::peer_status& p) {
    return p.connected && p.missing_here == 0 && status.changes > 0;
  });
}

}  // namespace

exit_code join_command(const join_options& options) {
  progress shown;
  shown.show("joining");
  session_options session;
  session.name = options.name;
  session.online = true;
  session.settled = has_content;
  session.linger = std::chrono::seconds(std::min(options.timeout_s, 10U));
  const json args{{"link", options.link}, {"timeout_ms", std::int64_t{options.timeout_s} * 1000}};
  const json joined = run_on_profile(options.profile, "join", args, session);
  shown.clear();
  print_line(options.json ? joined.dump() : joined["document"].get<std::string>());
  return exit_code::done;
}

}  // namespace weft::app
