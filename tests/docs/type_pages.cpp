// SPDX-License-Identifier: MIT
// Plays each checked table of the pages in a folder: `type_pages docs/types`.
//
// A table stands under a line `<!-- checked: TYPE -->`. Fails when a row is not what the type does,
// on a row or a type that nobody knows, on a type without a table, and on a page without one that
// does not say why not: `<!-- not checked: REASON -->`.
#include "support/type_suite.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace weft::tests {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" `");
  const std::size_t last = text.find_last_not_of(" `");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// The cells of a table's line; "\|" is a bar inside a cell.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> all;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      all.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return all;
}

class page_checker {
public:
  void check(const std::filesystem::path& page) {
    std::ifstream in(page);
    std::string line;
    const std::size_t tables_before = tables_;
    excused_ = false;
    for (number_ = 1; std::getline(in, line); ++number_) {
      page_ = page.filename().string();
      read(line);
    }
    end_table();
    if (tables_ == tables_before && !excused_) {
      complain("the page has no checked table");
    }
  }
  int finish() {
    for (const type_suite& type : type_suites()) {
      if (!type.operations && !documented_.contains(type.name)) {
        std::fprintf(stderr, "%s has no page with a checked table\n", type.name.c_str());
        ++faults_;
      }
    }
    std::printf("%zu tables, %zu rows, %zu faults\n", tables_, rows_, faults_);
    return faults_ == 0 && rows_ != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }

private:
  static constexpr const char* mark = "<!-- checked: ";

  void read(const std::string& line) {
    excused_ = excused_ || line.starts_with("<!-- not checked: ");
    if (line.starts_with(mark)) {
      end_table();
      begin_table(trimmed(line.substr(14, line.find("-->") - 14)));
    } else if (type_ != nullptr && line.starts_with("|")) {
      // The head and the line below it.
      if (++lines_ > 2) {
        play(line);
      }
    } else if (lines_ != 0) {
      end_table();
    }
  }
  void begin_table(const std::string& name) {
    ++tables_;
    for (const type_suite& type : type_suites()) {
      if (type.name == name && !type.operations) {
        type_ = &type;
      }
    }
    if (type_ == nullptr) {
      complain("no subject is called " + name);
    } else {
      documented_.insert(name);
      open_ = true;
    }
  }
  void end_table() {
    if (open_ && lines_ < 3) {
      complain("the table has no row");
    }
    type_ = nullptr;
    open_ = false;
    lines_ = 0;
  }
  void play(const std::string& line) {
    ++rows_;
    const std::vector<std::string> row = cells(line);
    if (row.size() != 4) {
      complain("a row needs four cells: " + line);
      return;
    }
    const std::string wrong = type_->play({row[0], row[1], row[2], row[3]});
    if (!wrong.empty()) {
      complain(wrong + ": " + line);
    }
  }
  void complain(const std::string& what) {
    std::fprintf(stderr, "%s:%zu: %s\n", page_.c_str(), number_, what.c_str());
    ++faults_;
  }

  std::set<std::string> documented_;
  const type_suite* type_ = nullptr;
  bool open_ = false;
  bool excused_ = false;
  std::string page_;
  std::size_t number_ = 0;
  std::size_t lines_ = 0;
  std::size_t tables_ = 0;
  std::size_t rows_ = 0;
  std::size_t faults_ = 0;
};

int check_folder(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> pages;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".md" && entry.path().filename() != "README.md") {
        pages.insert(entry.path());
      }
    }
  }
  page_checker checker;
  for (const std::filesystem::path& page : pages) {
    checker.check(page);
  }
  return checker.finish();
}

}  // namespace
}  // namespace weft::tests

int main(int argc, char** argv) {
  return argc == 2 ? weft::tests::check_folder(argv[1]) : EXIT_FAILURE;
}
