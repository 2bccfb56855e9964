// SPDX-License-Identifier: MIT
// Standalone types: every mutation returns its delta, and a delta merges like a whole state.
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <iostream>
#include <string>

using namespace weft::crdt;

int main() {
  const replica_id ana = replica_id::from_number(1);
  const replica_id bea = replica_id::from_number(2);

  // A counter on two devices: only the deltas travel.
  pn_counter at_ana;
  pn_counter at_bea;
  const auto up = on(at_ana, ana).increment(5);
  const auto down = on(at_bea, bea).decrement(2);
  if (!up || !down) {
    return 1;
  }
  at_ana.merge(*down);
  at_bea.merge(*up);
  at_bea.merge(*up);  // delivered twice: no harm
  std::cout << "counter: " << at_ana.value() << " and " << at_bea.value() << '\n';

  // A set in which an add wins over a concurrent remove.
  or_set<std::string> list_ana;
  if (!on(list_ana, ana).add("bread") || !on(list_ana, ana).add("milk")) {
    return 1;
  }
  or_set<std::string> list_bea = list_ana;
  on(list_ana, ana).remove("bread");
  if (!on(list_bea, bea).add("bread")) {
    return 1;
  }
  list_ana.merge(list_bea);
  std::cout << "list:";
  for (const std::string& item : list_ana.values()) {
    std::cout << ' ' << item;
  }
  std::cout << "\nbytes of the set: " << to_bytes(list_ana).size() << '\n';
}
