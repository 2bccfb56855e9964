// SPDX-License-Identifier: MIT
// Round initials of the others in a document: a ring while they are here, faint while they are not.
// Choosing one takes the reader to that person's caret.
#pragma once

#include "bridge/presence_model.hpp"

#include <QWidget>

#include <vector>

namespace weft::app {

class PresenceBar : public QWidget {
  Q_OBJECT

public:
  explicit PresenceBar(QWidget* parent = nullptr);
  void setPeople(const PresenceModel* presence);

Q_SIGNALS:
  void chosen(const std::string& personKey);
};

}  // namespace weft::app
