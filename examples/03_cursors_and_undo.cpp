// SPDX-License-Identifier: MIT
// A cursor stays with its place while others write; undo takes back one's own text only.
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <iostream>

using namespace weft::crdt;

int main() {
  document ana(replica_id::from_number(1));
  document bea(replica_id::from_number(2));
  text page = ana.get_text("page");
  undo_manager undo(ana);

  page.insert({0}, "warp and weft");
  if (!bea.import(ana.export_updates())) {
    return 1;
  }
  const cursor before_weft = page.cursor_at({9}, side::before);

  bea.get_text("page").insert({0}, "The ");
  if (!ana.import(bea.export_updates(ana.version()))) {
    return 1;
  }
  std::cout << page.to_string() << '\n';
  std::cout << "the cursor moved from 9 to " << page.resolve(before_weft)->value << '\n';

  page.erase({4}, 5);
  std::cout << page.to_string() << '\n';
  undo.undo();
  std::cout << page.to_string() << '\n';
  undo.undo();
  std::cout << '"' << page.to_string() << "\" is left of Bea's text\n";
}
