// SPDX-License-Identifier: MIT
// Commands on an open profile as a whole: peers, sharing, joining, health. As
// document_commands.hpp.
#pragma once

#include "profile/requests.hpp"
#include "weft/sync/node.hpp"

#include <functional>

namespace weft::app {

/// {doc, role?, uses?, expires_ms?, addresses?} -> {link}
json share_document(sync::node& host, const json& args);

/// {link, timeout_ms?} -> {document, title}, through `done`, once, when the document is here.
/// Throws command_error at once when the link is none.
void join_document(sync::node& host, const json& args,
                   std::function<void(sync::result<json>)> done);

/// {} -> {device, name, online, listening, documents: [...], peers: [{name, state, acked}], wire}
json show_status(sync::node& host, const json& args);

/// {} -> {healthy, checks: [{check, ok, detail}]}
json examine(sync::node& host, const json& args);

/// {online} -> {online}
json set_online(sync::node& host, const json& args);

}  // namespace weft::app
