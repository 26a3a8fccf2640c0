# SPDX-License-Identifier: Apache-2.0
# Fuzz targets (tests/fuzz/fuzz.h): with YK_FUZZ fuzzers, else tests of the inputs that are kept in tests/fuzz/corpus:
# those in the folder <name>/ were made by hand or are findings, <name>.tar.gz has what fuzzers found worth keeping.
add_custom_target(fuzzers)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/fuzz/fuzz_*.c)
foreach(source ${sources})
  get_filename_component(target ${source} NAME_WE)
  string(REPLACE fuzz_ "" name ${target})
  add_executable(${target} ${source} ${CMAKE_CURRENT_LIST_DIR}/fuzz/fuzz.c)
  target_link_libraries(${target} PRIVATE yoke_cli)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/fuzz)
  add_dependencies(fuzzers ${target})
  set(kept ${CMAKE_CURRENT_BINARY_DIR}/fuzz-corpus/${name})
  file(MAKE_DIRECTORY ${kept})
  if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/fuzz/corpus/${name}.tar.gz)
    file(ARCHIVE_EXTRACT INPUT ${CMAKE_CURRENT_LIST_DIR}/fuzz/corpus/${name}.tar.gz
                         DESTINATION ${CMAKE_CURRENT_BINARY_DIR}/fuzz-corpus)
  endif()
  if(YK_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/fuzz/replay.c)
    add_test(NAME fuzz/${name} COMMAND ${target} ${CMAKE_CURRENT_LIST_DIR}/fuzz/corpus/${name} ${kept})
    set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 120
      ENVIRONMENT "LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_LIST_DIR}/lsan.supp:print_suppressions=0;ASAN_OPTIONS=fast_unwind_on_malloc=0")
  endif()
endforeach()
