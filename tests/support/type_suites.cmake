# weft_add_type_suites(target): an object library with one generated source for each subject in
# tests/support/types, so that none is forgotten. A subject is a plain struct or an alias named TYPE_subject in a header *_subject.hpp.
function(weft_add_type_suites target)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/support/types/*_subject.hpp)
  set(sources ${PROJECT_SOURCE_DIR}/tests/support/type_suite.cpp)
  foreach(path ${headers})
    get_filename_component(header ${path} NAME)
    file(READ ${path} text)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    # Templates are what aliases are made of.
    string(REGEX REPLACE "template <[^\n]*>\n(  requires[^\n]*\n)?struct [a-z0-9_]+" "" text "${text}")
    string(REGEX MATCHALL "\n(struct|using) [a-z0-9_]+_subject( : [a-z]| {| =)" found "${text}")
    foreach(line ${found})
      string(REGEX REPLACE "\n(struct|using) ([a-z0-9_]+)_subject.*" "\\2" name "${line}")
      set(source ${PROJECT_BINARY_DIR}/type_suites/${name}.cpp)
      configure_file(${PROJECT_SOURCE_DIR}/tests/support/type_suite.cpp.in ${source} @ONLY)
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  # A handful is compiled as one: most of what each would compile alone is headers that all share.
  add_library(${target} OBJECT ${sources})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
endfunction()
