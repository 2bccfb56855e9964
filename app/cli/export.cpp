// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"
#include "profile/hex.hpp"
#include "weft/crdt/bytes.hpp"

namespace weft::app {

exit_code export_command(const export_options& options) {
  const bool snapshot =
      options.format.empty() ? options.file.ends_with(".weft") : options.format == "weft";
  const json args{{"doc", options.doc}};
  std::string content;
  if (snapshot) {
    const json exported = run_on_profile(options.profile, "export", args);
    const std::optional<crdt::bytes> bytes = from_hex(text_argument(exported, "snapshot"));
    if (!bytes) throw command_error(exit_code::io, "the snapshot arrived damaged; try again");
    content = crdt::as_chars(*bytes);
  } else {
    content = text_argument(run_on_profile(options.profile, "cat", args), "text");
  }
  write_output(options.file, content);
  if (options.file == "-") return exit_code::done;
  const json done{
      {"file", options.file}, {"format", snapshot ? "weft" : "text"}, {"bytes", content.size()}};
  print_line(options.json ? done.dump()
                          : options.file + ": " + std::to_string(content.size()) + " bytes, " +
                                (snapshot ? "text and whole history" : "text"));
  return exit_code::done;
}

}  // namespace weft::app
