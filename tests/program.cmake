# SPDX-License-Identifier: Apache-2.0
# Tests of the built program (tests/program/*.sh), of the sources' includes and of the public headers.
find_program(YK_PYTHON NAMES python3 HINTS ${PROJECT_SOURCE_DIR}/build/venv/bin)
if(YK_PYTHON)
  add_test(NAME check_includes COMMAND ${YK_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/check_includes.py)
endif()
add_test(NAME headers COMMAND ${CMAKE_CURRENT_LIST_DIR}/headers/check.sh ${PROJECT_SOURCE_DIR}/include ${CMAKE_C_COMPILER}
  ${MPI_C_INCLUDE_DIRS})

# Ranks and threads fill the machine: one of these at a time. Twice the seconds are for a machine that has other things
# to do, too; a sanitizer costs a factor.
function(yoke_program_test name seconds)
  math(EXPR seconds "2 * ${seconds}")
  if(YK_SANITIZE)
    math(EXPR seconds "5 * ${seconds}")
  endif()
  add_test(NAME program/${name} COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/program/${name}.sh)
  set_tests_properties(program/${name} PROPERTIES TIMEOUT ${seconds} RUN_SERIAL ON SKIP_RETURN_CODE 77
    ENVIRONMENT "YOKE=$<TARGET_FILE:yoke>;PYTHON=${YK_PYTHON}")
endfunction()

yoke_program_test(help 60)
yoke_program_test(data 120)
yoke_program_test(import 120)
yoke_program_test(datasets 60)
yoke_program_test(sources 240)
yoke_program_test(augment 180)
yoke_program_test(run_folder 180)
yoke_program_test(digests 240)
yoke_program_test(layers 240)
yoke_program_test(recurrent 240)
yoke_program_test(windows 240)
yoke_program_test(bad_input 300)
yoke_program_test(checkpoints 180)
yoke_program_test(signals 240)
yoke_program_test(parity 180)
yoke_program_test(policy 240)
yoke_program_test(measures 180)
yoke_program_test(losses 180)
yoke_program_test(plugin 180)
yoke_program_test(tutorials 300)
yoke_program_test(recipes 300)
yoke_program_test(bench 120)
yoke_program_test(workloads 600)

if(NOT YK_SANITIZE)
  # AddressSanitizer wants to be in the program that loads a library, and has the allocator to itself.
  yoke_program_test(library 300)
  add_library(count_malloc MODULE program/count_malloc.c)
  target_link_libraries(count_malloc PRIVATE ${CMAKE_DL_LIBS})
  yoke_program_test(alloc 120)
  yoke_program_test(memory 120)
  set_property(TEST program/alloc APPEND PROPERTY ENVIRONMENT COUNT_MALLOC=$<TARGET_FILE:count_malloc>)
endif()
