# SPDX-License-Identifier: Apache-2.0
# tests/mpi/test_*.c run under mpirun. A program says in comments of its own what it is linked with, and on how many
# ranks it runs where that is not 1, 2, 3 and 4:
#   /* Rooms: comm optim */
#   /* Ranks: 1 2 5 */
set(mpi_environment
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
    ASAN_OPTIONS=detect_leaks=0) # MPI libraries keep memory until the process ends

function(yoke_mpi_words source key out)
  file(STRINGS ${source} line REGEX "^/\\* ${key}: .* \\*/$" LIMIT_COUNT 1)
  string(REGEX REPLACE "^/\\* ${key}: (.*) \\*/$" "\\1" line "${line}")
  separate_arguments(words UNIX_COMMAND "${line}")
  set(${out} ${words} PARENT_SCOPE)
endfunction()

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/mpi/test_*.c)
foreach(source ${sources})
  get_filename_component(name ${source} NAME_WE)
  yoke_mpi_words(${source} Rooms rooms)
  yoke_mpi_words(${source} Ranks ranks)
  if(NOT ranks)
    set(ranks 1 2 3 4)
  endif()
  list(TRANSFORM rooms PREPEND yoke_)
  add_executable(mpi_${name} ${source})
  target_link_libraries(mpi_${name} PRIVATE yoke_test ${rooms} MPI::MPI_C)
  target_compile_definitions(mpi_${name} PRIVATE YK_TEST_DIR="${CMAKE_CURRENT_LIST_DIR}")
  foreach(n ${ranks})
    add_test(NAME mpi/${name}/${n} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${n} ${MPIEXEC_PREFLAGS}
                                           $<TARGET_FILE:mpi_${name}> ${MPIEXEC_POSTFLAGS})
    set_tests_properties(mpi/${name}/${n} PROPERTIES TIMEOUT 300 PROCESSORS 2 ENVIRONMENT "${mpi_environment}")
  endforeach()
endforeach()
