// SPDX-License-Identifier: MIT
// A fresh folder for one test, gone at its end. Not thread-safe.
#pragma once

#include "weft/crdt/assert.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace weft::testing {

class temp_folder {
public:
  temp_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weft-test-XXXXXX").string();
    WEFT_ASSERT(::mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }
  ~temp_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

}  // namespace weft::testing
