# Flags for our own targets only, never for those who link the library.
add_library(weft_developer INTERFACE)
if(WEFT_DEVELOPER)
  # -Wshadow: where sources are compiled as one, the names of others would count.
  target_compile_options(weft_developer INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow> -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wundef)
  # gcc 12 sees overlapping copies in `"text" + std::string` that are not there (its bug 105651).
  target_compile_options(weft_developer INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  option(WEFT_WERROR "Warnings are errors" ON)
  if(WEFT_WERROR)
    target_compile_options(weft_developer INTERFACE -Werror)
  endif()
  target_compile_definitions(weft_developer INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(WEFT_DEEP_CHECKS)
  add_compile_definitions(WEFT_DEEP_CHECKS)
endif()
if(WEFT_SANITIZE)
  add_compile_options(-fsanitize=${WEFT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEFT_SANITIZE})
  if(WEFT_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
endif()

find_program(WEFT_CCACHE ccache)
if(WEFT_CCACHE AND WEFT_DEVELOPER AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${WEFT_CCACHE})
endif()

set(WEFT_TEST_FLAGS -O1 CACHE STRING
  "Flags of the tests' own sources, not of what they test: building them takes longer than running them")
set(WEFT_TIMEOUT_FACTOR 1 CACHE STRING "Multiplies the time limits of tests, for long runs")

# weft_add_test(NAME x SOURCES a.cpp ... LINK lib ... [TIMEOUT s] [ARGS ...] [NO_CATCH_MAIN] [THREADS] [LONG])
# One executable, one ctest entry named after it. THREADS: it starts some, so ThreadSanitizer has something to look
# at: label `threads`, target `thread_tests`. LONG: its own sources run for so long that they are always optimised.
add_custom_target(thread_tests)
function(weft_add_test)
  cmake_parse_arguments(arg "NO_CATCH_MAIN;THREADS;LONG" "NAME;TIMEOUT" "SOURCES;LINK;ARGS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE weft_developer ${arg_LINK})
  set(flags ${WEFT_TEST_FLAGS})
  if(arg_LONG)
    set(flags -O1)
  endif()
  target_compile_options(${arg_NAME} PRIVATE ${flags})
  if(NOT arg_NO_CATCH_MAIN)
    target_link_libraries(${arg_NAME} PRIVATE Catch2::Catch2WithMain)
  endif()
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} ${arg_ARGS})
  if(arg_THREADS)
    set_tests_properties(${arg_NAME} PROPERTIES LABELS threads)
    add_dependencies(thread_tests ${arg_NAME})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  math(EXPR timeout "${arg_TIMEOUT} * ${WEFT_TIMEOUT_FACTOR}")
  # COST: what may take longest starts first, so that no processor waits for it in the end.
  set_tests_properties(${arg_NAME} PROPERTIES TIMEOUT ${timeout} COST ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
