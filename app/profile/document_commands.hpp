// SPDX-License-Identifier: MIT
// Commands on one document of an open profile. Each takes the arguments of a request and gives the
// result, or throws command_error or trace_error. All run on the application thread.
#pragma once

#include "profile/requests.hpp"
#include "weft/sync/node.hpp"

#include <memory>
#include <string>

namespace weft::app {

/// The document that `name` means: its id, its title, or the unique start of one of them.
/// Throws command_error: not found, or more than one fits.
[[nodiscard]] std::shared_ptr<sync::shared_document> find_document(sync::node& host,
                                                                   const std::string& name);

/// The title to show for a document of the list.
[[nodiscard]] std::string title_of(sync::node& host, const sync::document_summary& d);

/// {title, text?} -> {document, title}
json new_document(sync::node& host, const json& args);
/// {doc, text} -> {edits, inserted, erased, chars}: sets the text by a minimal edit.
json edit_document(sync::node& host, const json& args);
/// {doc} -> {text}
json show_text(sync::node& host, const json& args);
/// {doc, limit?} -> {entries: [...]}, newest last
json show_log(sync::node& host, const json& args);
/// {doc} -> {document, title, text_sha256, state_hash, ops, chars, changes, store_bytes, version}
json show_info(sync::node& host, const json& args);
/// {doc} -> {snapshot}: a .weft file in hexadecimal
json export_document(sync::node& host, const json& args);
/// {content: hexadecimal, title?} -> {document, title, chars}: a new document from a .weft file or
/// text.
json import_document(sync::node& host, const json& args);
/// {doc} -> {trace: JSON text, transactions, agents}
json record_trace(sync::node& host, const json& args);

}  // namespace weft::app
