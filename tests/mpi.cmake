# SPDX-License-Identifier: Apache-2.0
# tests/mpi/test_*.c, and tests/joints/test_*.c (the awkward uses that later work needs), run under mpirun. A program says in comments of its own what it is linked with, and on how many
# ranks it runs where that is not 1, 2, 3 and 4:
#   /* Rooms: comm optim */
#   /* Ranks: 1 2 5 */
set(mpi_environment
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
    GOMP_SPINCOUNT=2000 KMP_BLOCKTIME=0 # the OpenMP threads of a host program share few cores
    ASAN_OPTIONS=detect_leaks=0) # MPI libraries keep memory until the process ends

function(yoke_mpi_words source key out)
  file(STRINGS ${source} line REGEX "^/\\* ${key}: .* \\*/$" LIMIT_COUNT 1)
  string(REGEX REPLACE "^/\\* ${key}: (.*) \\*/$" "\\1" line "${line}")
  separate_arguments(words UNIX_COMMAND "${line}")
  set(${out} ${words} PARENT_SCOPE)
endfunction()

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/mpi/test_*.c ${CMAKE_CURRENT_LIST_DIR}/joints/test_*.c)
foreach(source ${sources})
  get_filename_component(name ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  yoke_mpi_words(${source} Rooms rooms)
  yoke_mpi_words(${source} Ranks ranks)
  if(NOT ranks)
    set(ranks 1 2 3 4)
  endif()
  list(TRANSFORM rooms PREPEND yoke_)
  set(target ${folder}_${name})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE yoke_test ${rooms} MPI::MPI_C)
  target_compile_definitions(${target} PRIVATE YK_TEST_DIR="${CMAKE_CURRENT_LIST_DIR}")
  foreach(n ${ranks})
    add_test(NAME ${folder}/${name}/${n} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${n} ${MPIEXEC_PREFLAGS}
                                           $<TARGET_FILE:${target}> ${MPIEXEC_POSTFLAGS})
    set_tests_properties(${folder}/${name}/${n} PROPERTIES TIMEOUT 600 PROCESSORS 2 ENVIRONMENT "${mpi_environment}")
  endforeach()
endforeach()

# A host program with OpenMP, beside yoke's own threads.
find_package(OpenMP COMPONENTS C)
if(OpenMP_C_FOUND)
  target_link_libraries(mpi_test_api PRIVATE OpenMP::OpenMP_C)
endif()
