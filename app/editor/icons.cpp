// SPDX-License-Identifier: MIT
#include "editor/icons.hpp"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainterPath>
#include <QPalette>

namespace weft::app {

namespace {

QPainterPath line(std::initializer_list<QPointF> points) {
  QPainterPath path;
  bool first = true;
  for (const QPointF& point : points) {
    first ? path.moveTo(point) : path.lineTo(point);
    first = false;
  }
  return path;
}

QPainterPath undoPath() {
  QPainterPath path = line({{6, 3.5}, {3, 6.5}, {6, 9.5}});
  path.moveTo(3, 6.5);
  path.lineTo(9.5, 6.5);
  path.arcTo(QRectF(6.5, 6.5, 6, 6), 90, -180);
  path.lineTo(7, 12.5);
  return path;
}

QPainterPath sharePath() {
  QPainterPath path;
  path.addEllipse(QPointF(4, 8), 2, 2);
  path.addEllipse(QPointF(12, 3.8), 2, 2);
  path.addEllipse(QPointF(12, 12.2), 2, 2);
  path.addPath(line({{5.8, 7}, {10.2, 4.7}}));
  path.addPath(line({{5.8, 9}, {10.2, 11.3}}));
  return path;
}

QPainterPath linkPath() {
  QPainterPath path;
  path.moveTo(7, 5);
  path.lineTo(4.5, 5);
  path.arcTo(QRectF(1.5, 5, 6, 6), 90, 180);
  path.lineTo(7, 11);
  path.moveTo(9, 5);
  path.lineTo(11.5, 5);
  path.arcTo(QRectF(8.5, 5, 6, 6), 90, -180);
  path.lineTo(9, 11);
  path.addPath(line({{5.5, 8}, {10.5, 8}}));
  return path;
}

QPainterPath diskPath() {
  QPainterPath path = line({{3, 3}, {10.5, 3}, {13, 5.5}, {13, 13}, {3, 13}, {3, 3}});
  path.addPath(line({{5.5, 3.2}, {5.5, 6}, {9.5, 6}, {9.5, 3.2}}));
  path.addPath(line({{5.5, 12.8}, {5.5, 9.5}, {10.5, 9.5}, {10.5, 12.8}}));
  return path;
}

QPainterPath unpluggedPath() {
  QPainterPath path = line({{2.5, 13.5}, {5, 11}});
  path.addPath(line({{13.5, 2.5}, {11, 5}}));
  path.addPath(line({{4.5, 8}, {8, 11.5}, {6.5, 13}, {4.3, 12.3}, {3, 9.5}, {4.5, 8}}));
  path.addPath(line({{8, 4.5}, {11.5, 8}, {13, 6.5}, {12.3, 4.3}, {9.5, 3}, {8, 4.5}}));
  path.addPath(line({{6, 8.6}, {7.4, 7.2}}));
  path.addPath(line({{7.8, 10.4}, {9.2, 9}}));
  return path;
}

QPainterPath warningPath() {
  QPainterPath path = line({{8, 2.5}, {14, 13}, {2, 13}, {8, 2.5}});
  path.addPath(line({{8, 6.5}, {8, 9.5}}));
  path.addPath(line({{8, 11.2}, {8, 11.3}}));
  return path;
}

QPainterPath circlePath(Glyph glyph) {
  QPainterPath path;
  if (glyph == Glyph::Search) {
    path.addEllipse(QPointF(7, 7), 4, 4);
    path.addPath(line({{10, 10}, {13.5, 13.5}}));
  } else {
    path.addEllipse(QPointF(8, 8), 5.5, 5.5);
    path.addPath(line({{8, 4.8}, {8, 8}, {10.3, 9.4}}));
  }
  return path;
}

QPainterPath sidebarPath() {
  QPainterPath path;
  path.addRoundedRect(QRectF(2, 3, 12, 10), 1.5, 1.5);
  path.addPath(line({{6.2, 3}, {6.2, 13}}));
  return path;
}

QPainterPath pathOf(Glyph glyph) {
  switch (glyph) {
    case Glyph::Plus: {
      QPainterPath path = line({{8, 3}, {8, 13}});
      path.addPath(line({{3, 8}, {13, 8}}));
      return path;
    }
    case Glyph::Share:
      return sharePath();
    case Glyph::Link:
      return linkPath();
    case Glyph::Undo:
    case Glyph::Redo:
      return undoPath();
    case Glyph::Search:
    case Glyph::Clock:
      return circlePath(glyph);
    case Glyph::Disk:
      return diskPath();
    case Glyph::Ticks: {
      QPainterPath path = line({{1.5, 8.5}, {4.5, 11.5}, {10.5, 4.5}});
      path.addPath(line({{7.5, 11}, {8, 11.5}, {14.5, 4.5}}));
      return path;
    }
    case Glyph::ArrowUp: {
      QPainterPath path = line({{8, 13}, {8, 3}});
      path.addPath(line({{4, 7}, {8, 3}, {12, 7}}));
      return path;
    }
    case Glyph::ArrowDown: {
      QPainterPath path = line({{8, 3}, {8, 13}});
      path.addPath(line({{4, 9}, {8, 13}, {12, 9}}));
      return path;
    }
    case Glyph::Unplugged:
      return unpluggedPath();
    case Glyph::Warning:
      return warningPath();
    case Glyph::Close: {
      QPainterPath path = line({{4, 4}, {12, 12}});
      path.addPath(line({{12, 4}, {4, 12}}));
      return path;
    }
    case Glyph::Sidebar:
      return sidebarPath();
  }
  return {};
}

class GlyphEngine : public QIconEngine {
public:
  explicit GlyphEngine(Glyph glyph) : m_glyph(glyph) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    drawGlyph(*painter, m_glyph, rect,
              QGuiApplication::palette().color(group, QPalette::ButtonText));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap out(size);
    out.fill(Qt::transparent);
    QPainter painter(&out);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    return out;
  }
  [[nodiscard]] QIconEngine* clone() const override { return new GlyphEngine(m_glyph); }

private:
  Glyph m_glyph;
};

}  // namespace

void drawGlyph(QPainter& painter, Glyph glyph, const QRectF& square, const QColor& color) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(square.topLeft());
  painter.scale(square.width() / 16.0, square.height() / 16.0);
  if (glyph == Glyph::Redo) {
    painter.translate(16, 0);
    painter.scale(-1, 1);
  }
  painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.setBrush(Qt::NoBrush);
  painter.drawPath(pathOf(glyph));
  painter.restore();
}

QIcon glyphIcon(Glyph glyph) {
  return QIcon(new GlyphEngine(glyph));
}

}  // namespace weft::app
