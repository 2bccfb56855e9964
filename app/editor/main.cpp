// SPDX-License-Identifier: MIT
// weft-editor: opens a profile, shows its documents.
#include "bridge/node_workspace.hpp"
#include "editor/command_line.hpp"
#include "editor/feed.hpp"
#include "editor/look.hpp"
#include "editor/main_window.hpp"
#include "profile/control_socket.hpp"
#include "profile/exit_code.hpp"
#include "profile/profile_service.hpp"

#include <QApplication>
#include <QDir>
#include <QSaveFile>
#include <QScreen>
#include <QSocketNotifier>
#include <QStandardPaths>
#include <QStyleFactory>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <unistd.h>

namespace {

using namespace weft;
using namespace weft::app;

int failed(const std::string& what, exit_code code = exit_code::io) {
  std::fprintf(stderr, "weft-editor: %s\n", what.c_str());
  return static_cast<int>(code);
}

/// Ctrl+C and `kill` close the window as a person would, so that the profile is closed cleanly.
int g_signalPipe[2] = {-1, -1};

void onSignal(int) {
  const char byte = 1;
  static_cast<void>(!write(g_signalPipe[1], &byte, 1));
}

void quitOnSignals(QApplication& application) {
  if (pipe(g_signalPipe) != 0) {
    return;
  }
  auto* notifier = new QSocketNotifier(g_signalPipe[0], QSocketNotifier::Read, &application);
  QObject::connect(notifier, &QSocketNotifier::activated, &application,
                   [] { QApplication::closeAllWindows(); });
  std::signal(SIGINT, onSignal);
  std::signal(SIGTERM, onSignal);
}

std::filesystem::path profileFolder(const EditorOptions& options) {
  if (!options.profile.empty()) {
    return options.profile;
  }
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation).toStdString() +
         "/weft";
}

QString userName(const EditorOptions& options) {
  return QString::fromStdString(options.name.empty() ? qEnvironmentVariable("USER").toStdString()
                                                     : options.name);
}

void placeWindow(MainWindow& window, const Workspace& workspace, const EditorOptions& options) {
  const QRect screen = window.screen()->availableGeometry();
  int width = 0;
  int height = 0;
  int x = 0;
  int y = 0;
  if (std::sscanf(options.geometry.c_str(), "%dx%d+%d+%d", &width, &height, &x, &y) == 4) {
    window.setGeometry(x, y, width, height);
  } else if (!options.place.empty()) {
    const int half = screen.width() / 2;
    const bool left = options.place == "left";
    window.setGeometry(screen.left() + (left ? 0 : half), screen.top(), half, screen.height());
  } else if (const auto kept = workspace.loadValue(QStringLiteral("editor/geometry"))) {
    window.restoreGeometry(QByteArray(reinterpret_cast<const char*>(kept->data()),
                                      static_cast<qsizetype>(kept->size())));
  }
}

/// Shares the same document each time, and says where others find it.
std::string shareInto(const EditorOptions& options, NodeWorkspace& workspace, MainWindow& window) {
  const QString key = QStringLiteral("editor/share-file");
  const auto kept = workspace.loadValue(key);
  QString id = kept ? QString::fromUtf8(reinterpret_cast<const char*>(kept->data()),
                                        static_cast<qsizetype>(kept->size()))
                    : QString();
  if (id.isEmpty()) {
    auto made = workspace.create(QString());
    if (!made) {
      return made.error().what;
    }
    id = (*made)->id();
    workspace.saveValue(key, crdt::as_bytes(id.toStdString()));
  }
  window.openDocument(id);
  const auto link = workspace.share(id, ShareTerms{true, 0});
  if (!link) {
    return link.error().what;
  }
  QSaveFile file(QString::fromStdString(options.shareFile));
  if (!file.open(QIODevice::WriteOnly) || file.write(link->toUtf8() + '\n') < 0 || !file.commit()) {
    return "cannot write " + options.shareFile + ": " + file.errorString().toStdString();
  }
  return {};
}

/// The id that a title, an id, or the start of one id names; empty if it names none.
QString documentNamed(const Workspace& workspace, const QString& given) {
  QString byStart;
  int starts = 0;
  for (const DocumentEntry& entry : workspace.documents()) {
    if (entry.id == given || entry.title == given) {
      return entry.id;
    }
    if (entry.id.startsWith(given)) {
      byStart = entry.id;
      ++starts;
    }
  }
  return starts == 1 ? byStart : QString();
}

std::string start(const EditorOptions& options, NodeWorkspace& workspace, MainWindow& window) {
  if (!options.shareFile.empty()) {
    return shareInto(options, workspace, window);
  }
  if (!options.join.empty()) {
    window.joinByLink(QString::fromStdString(options.join));
  } else if (!options.document.empty()) {
    const QString id = documentNamed(workspace, QString::fromStdString(options.document));
    if (id.isEmpty()) {
      return "no single document is called \"" + options.document + "\"; see `weft status`";
    }
    window.openDocument(id);
  } else {
    window.openLast();
  }
  return {};
}

void dress(const EditorOptions& options) {
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  const Theme theme = options.theme == "light"  ? Theme::Light
                      : options.theme == "dark" ? Theme::Dark
                                                : themeOfDesktop();
  QApplication::setPalette(paletteFor(theme));
}

int run(QApplication& application, const EditorOptions& options) {
  const std::filesystem::path profile = profileFolder(options);
  sync::node_options node;
  node.profile = profile;
  node.name = userName(options).toStdString();
  node.online = !options.offline;
  node.run = [&application](std::function<void()> task) {
    QMetaObject::invokeMethod(&application, std::move(task), Qt::QueuedConnection);
  };
  const auto listen = sync::endpoint::parse(options.listen);
  if (!listen) {
    return failed(listen.error().what, exit_code::usage);
  }
  node.listen = *listen;
  auto opened = sync::node::open(std::move(node));
  if (!opened) {
    return failed(opened.error().what, opened.error().code == sync::sync_errc::corrupt
                                           ? exit_code::bad_data
                                           : exit_code::io);
  }
  const std::unique_ptr<sync::node> host = std::move(*opened);
  profile_service service(*host);
  service.on_stop = [] { QApplication::closeAllWindows(); };
  control_server control(profile, [&](std::string request, control_server::responder reply) {
    QMetaObject::invokeMethod(
        &application,
        [&service, request = std::move(request), reply = std::move(reply)] {
          service.execute(request, reply);
        },
        Qt::QueuedConnection);
  });

  NodeWorkspace workspace(*host);
  MainWindow window(workspace);
  std::unique_ptr<Feed> feed;
  if (!options.feed.empty()) {
    feed = std::make_unique<Feed>(window, QString::fromStdString(options.feed));
    if (!feed->good()) {
      return failed("cannot write " + options.feed);
    }
  }
  placeWindow(window, workspace, options);
  window.show();
  const std::string trouble = start(options, workspace, window);
  if (!trouble.empty()) {
    return failed(trouble);
  }
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  auto parsed = parseCommandLine(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) {
    return *code;
  }
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("weft-editor"));
  QApplication::setApplicationDisplayName(QString());
  const EditorOptions& options = std::get<EditorOptions>(parsed);
  dress(options);
  quitOnSignals(application);
  try {
    return run(application, options);
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}
