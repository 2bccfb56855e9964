// SPDX-License-Identifier: MIT
// The state of a document in plain words: saved here, seen by whom, waiting for whom.
//
// Pure functions of the state; words only, no widgets. "Saved" means that the commit is on this
// disk; "have everything" means that those devices acknowledged every change we have.
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

namespace weft::app {

/// How the document stands towards one other person.
struct PeerState {
  QString name;
  bool here = false;               ///< connected now
  std::uint64_t missingThere = 0;  ///< changes this person has not acknowledged
  std::uint64_t missingHere = 0;   ///< changes this person has and we lack
  QString trouble;                 ///< empty, or a sentence
};

struct DocumentState {
  bool online = true;
  std::uint64_t unsaved = 0;  ///< changes whose commit has not returned
  std::vector<PeerState> peers;
  QString trouble;  ///< empty, or what is wrong with the store
};

enum class StatusKind { Alone, AllSeen, Sending, Receiving, Offline, Waiting, Trouble };

struct StatusWords {
  StatusKind kind = StatusKind::Alone;
  QString pill;    ///< two or three words for the header
  QString footer;  ///< the whole sentence
};

[[nodiscard]] StatusWords statusWords(const DocumentState& state);
/// "Ana", "Ana and Bea", "Ana, Bea and Tom".
[[nodiscard]] QString listed(const QStringList& names);

}  // namespace weft::app
