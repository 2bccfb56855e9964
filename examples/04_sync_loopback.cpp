// SPDX-License-Identifier: MIT
// Two real nodes on one machine: SQLite stores, TLS over loopback, joined by a link.
#include "weft/sync/node.hpp"
#include "weft/sync/run_loop.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace weft::sync;

namespace {

std::unique_ptr<node> start(run_loop& loop, const std::filesystem::path& profile,
                            const char* name) {
  node_options options;
  options.profile = profile;
  options.name = name;
  options.listen = endpoint{"127.0.0.1", 0};
  options.run = loop.get_executor();
  auto opened = node::open(options);
  if (!opened) {
    std::cerr << opened.error().what << '\n';
    std::exit(1);
  }
  return std::move(*opened);
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "weft-example";
  std::filesystem::remove_all(folder);
  run_loop loop;  // this thread is the application thread of both
  const auto ana = start(loop, folder / "ana", "Ana");
  const auto bea = start(loop, folder / "bea", "Bea");

  auto at_ana = ana->create("Shopping").value();
  at_ana->document().get_text("text").insert({0}, "bread, milk");
  const auto link = ana->share(at_ana->id(), role::editor, 1, 0);
  if (!link) {
    return 1;
  }

  std::optional<doc_id> joined;
  bea->join(*link, [&](const result<doc_id>& done) {
    if (done) {
      joined = *done;
    }
  });
  if (!loop.run_until([&] { return joined.has_value(); }, std::chrono::seconds(30))) {
    return 1;
  }
  const auto at_bea = bea->open_document(*joined).value();
  const auto shows = [](shared_document& d) { return d.document().get_text("text").to_string(); };
  const auto both_show = [&](const char* text) {
    return loop.run_until([&] { return shows(*at_ana) == text && shows(*at_bea) == text; },
                          std::chrono::seconds(30));
  };
  if (!both_show("bread, milk")) {
    return 1;
  }
  at_bea->document().get_text("text").insert({0}, "honey, ");
  const bool equal = both_show("honey, bread, milk");
  std::cout << "ana: " << shows(*at_ana) << "\nbea: " << shows(*at_bea) << '\n';
  return equal ? 0 : 1;
}
