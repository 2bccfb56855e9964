// SPDX-License-Identifier: MIT
#include "bridge/status_words.hpp"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace weft::app {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("StatusWords", text);
}

QString changes(std::uint64_t count) {
  return count == 1 ? tr("1 change") : tr("%1 changes").arg(QLocale().toString(count));
}

QString savedWords(const DocumentState& state) {
  return state.unsaved == 0 ? tr("Saved") : tr("Saving");
}

StatusWords offlineWords(const DocumentState& state) {
  std::uint64_t waiting = 0;
  for (const PeerState& peer : state.peers) {
    waiting = std::max(waiting, peer.missingThere);
  }
  const QString start = state.unsaved == 0 ? tr("Saved on this computer") : tr("Saving");
  if (state.peers.empty() || waiting == 0) {
    return {StatusKind::Offline, tr("Offline"), tr("%1 · working offline").arg(start)};
  }
  return {
      StatusKind::Offline, tr("Offline · %1").arg(QLocale().toString(waiting)),
      tr("%1 · working offline, %2 will be sent when you are back").arg(start, changes(waiting))};
}

}  // namespace

QString listed(const QStringList& names) {
  if (names.size() < 2) {
    return names.join(QString());
  }
  return tr("%1 and %2")
      .arg(names.mid(0, names.size() - 1).join(QStringLiteral(", ")), names.last());
}

StatusWords statusWords(const DocumentState& state) {
  if (!state.trouble.isEmpty()) {
    return {StatusKind::Trouble, tr("Not saved"), tr("Not saved: %1").arg(state.trouble)};
  }
  if (!state.online) {
    return offlineWords(state);
  }
  const QString saved = savedWords(state);
  if (state.peers.empty()) {
    return {StatusKind::Alone, state.unsaved == 0 ? tr("Saved") : tr("Saving"),
            tr("%1 on this computer · shared with nobody").arg(saved)};
  }
  QStringList complete;
  QStringList sending;
  QStringList away;
  QStringList from;
  std::uint64_t onTheWay = 0;
  std::uint64_t waiting = 0;
  std::uint64_t coming = 0;
  QString trouble;
  for (const PeerState& peer : state.peers) {
    if (peer.here && peer.missingHere > 0) {
      from << peer.name;
      coming += peer.missingHere;
    }
    if (peer.missingThere == 0) {
      complete << peer.name;
    } else if (peer.here) {
      sending << peer.name;
      onTheWay = std::max(onTheWay, peer.missingThere);
    } else {
      away << peer.name;
      waiting = std::max(waiting, peer.missingThere);
    }
    if (trouble.isEmpty() && !peer.trouble.isEmpty()) {
      trouble = peer.trouble;
    }
  }
  if (coming > 0) {
    return {StatusKind::Receiving, tr("Receiving"),
            tr("Getting %1 from %2").arg(changes(coming), listed(from))};
  }
  if (!sending.empty()) {
    return {StatusKind::Sending, tr("Sending"),
            tr("%1 · %2 on the way to %3").arg(saved, changes(onTheWay), listed(sending))};
  }
  if (!away.empty()) {
    const QString why = trouble.isEmpty() ? QString() : tr(" (%1)").arg(trouble);
    return {StatusKind::Waiting, tr("%1 away").arg(listed(away)),
            tr("%1 · %2 wait for %3 to be back%4").arg(saved, changes(waiting), listed(away), why)};
  }
  const QString have = complete.size() == 1 ? tr("has") : tr("have");
  const bool anyHere = std::any_of(state.peers.begin(), state.peers.end(),
                                   [](const PeerState& p) { return p.here; });
  return {StatusKind::AllSeen, anyHere ? tr("In sync") : tr("Saved"),
          tr("%1 · %2 %3 everything").arg(saved, listed(complete), have)};
}

}  // namespace weft::app
