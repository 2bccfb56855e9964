# `find_package(weft CONFIG COMPONENTS crdt)`: each component installs and is found alone.
include(CMakePackageConfigHelpers)
set(weft_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weft)

install(TARGETS weft_crdt weft_testing EXPORT weft_crdt_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY crdt/include/weft crdt/testing/include/weft
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT weft_crdt_targets NAMESPACE weft:: DESTINATION ${weft_config_dir})

if(WEFT_SYNC)
  install(TARGETS weft_sync ${weft_sync_parts} EXPORT weft_sync_targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY sync/include/weft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT weft_sync_targets NAMESPACE weft:: DESTINATION ${weft_config_dir})
endif()
foreach(program weft weft-editor)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

configure_package_config_file(cmake/weftConfig.cmake.in ${PROJECT_BINARY_DIR}/weftConfig.cmake
  INSTALL_DESTINATION ${weft_config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weftConfig.cmake ${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
  DESTINATION ${weft_config_dir})
