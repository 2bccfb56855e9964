// SPDX-License-Identifier: MIT
// A document of text, a map and a counter on two replicas that write at the same time.
#include "weft/crdt/document/document.hpp"

#include <iostream>

using namespace weft::crdt;

namespace {

// Gives `to` what it lacks of `from`. The bytes may travel by any means.
bool pull(document& to, document& from) {
  const bytes update = from.export_updates(to.version());
  const auto report = to.import(update);
  return report.has_value();
}

void show(const char* who, document& d) {
  std::cout << who << ": \"" << d.get_text("page").to_string() << "\", colour "
            << std::get<std::string>(d.get_map("settings").get("colour").value()) << ", visits "
            << d.get_counter("visits").value() << '\n';
}

}  // namespace

int main() {
  document ana(replica_id::from_number(1));
  document bea(replica_id::from_number(2));

  {
    const transaction edit(ana);  // one change, one event
    ana.get_text("page").insert({0}, "A loom.");
    ana.get_map("settings").set("colour", std::string("red"));
  }
  if (!pull(bea, ana)) {
    return 1;
  }

  // Concurrently: both texts are kept whole, one colour wins everywhere, both visits count.
  ana.get_text("page").insert({6}, " and a thread");
  ana.get_map("settings").set("colour", std::string("blue"));
  ana.get_counter("visits").add(1);
  bea.get_text("page").insert({6}, ", old and slow");
  bea.get_map("settings").set("colour", std::string("green"));
  bea.get_counter("visits").add(1);

  if (!pull(bea, ana) || !pull(ana, bea)) {
    return 1;
  }
  show("ana", ana);
  show("bea", bea);
  std::cout << "equal: " << std::boolalpha << (ana.export_canonical() == bea.export_canonical())
            << '\n';
}
